"""The same order of levels, the reference first, in every table and on every figure that has them."""

import pandas as pd
import pluralstats.figures as figures
import pytest

import pluralstats as ps

ORDER = ["young", "old", "middle", "aged"]  # neither the alphabet's nor its opposite; "old" is the reference


@pytest.fixture(scope="module")
def ratings():
    made = ps.simulate(
        n_raters=80,
        n_items=12,
        ratings_per_rater=6,
        demographics={"age": dict.fromkeys(ORDER, 0.25), "gender": {"male": 0.5, "female": 0.5}},
        dimensions=["toxic", "kind"],
        seed=1,
    )
    frame = made.frame.assign(rating=made.values, age=pd.Categorical(made.frame["age"].astype(str), ORDER))
    return ps.Ratings(frame, (1, 5), ["gender", "age"], reference={"age": "old", "gender": "male"})


@pytest.fixture(scope="module")
def fit(ratings):
    return ps.fit(ratings.select("toxic"), method="laplace", on_problem="ignore")


def by_item(ratings):
    formula = "rating ~ age + (0 + age | item) + (1 | rater)"
    return ps.fit(ratings.select("toxic"), formula, method="laplace", on_problem="ignore")


WANTED = ["old", "young", "middle", "aged"]
TABLES = {
    "summary": lambda r, f: r.summary().rename(columns={"column": "demographic"}),
    "effects": lambda r, f: ps.effects(f),
    "group_means": lambda r, f: ps.group_means(f),
    "robustness": lambda r, f: ps.robustness(f),
    "rating_shares": lambda r, f: ps.rating_shares(r.select("toxic")),
    "population": lambda r, f: ps.Population.of_raters(r).compare(r),
    "agreement": lambda r, f: ps.agreement(r.select("toxic"), by="age", replicates=20).rename(
        columns={"by": "demographic"}
    ),
    "cohesion": lambda r, f: ps.cohesion(r.select("toxic"), ["age"], permutations=20, replicates=20),
    "model_cohesion": lambda r, f: ps.model_cohesion(by_item(r), "age"),
}


def levels_of(table):
    """The levels of age in the order in which they come; a whole is no level."""
    column = next(name for name in ("level", "group", "age") if name in table)
    if "demographic" in table and column != "age":
        table = table[table["demographic"].astype(str) == "age"]
    return [level for level in dict.fromkeys(table[column].astype(str)) if level in WANTED]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.filterwarnings("ignore")
def test_levels_come_in_one_order_with_the_reference_first(name, ratings, fit):
    found = levels_of(TABLES[name](ratings, fit))
    assert found == [level for level in WANTED if level in found]
    assert set(found) in ({*WANTED}, {*WANTED[1:]})
    assert (WANTED[0] in found) == (name not in ("effects", "robustness"))


def test_the_reference_is_the_same_everywhere(ratings, fit):
    assert set(ps.effects(fit, "age")["reference"]) == {"old"}
    assert fit.references == {"gender": "male", "age": "old"}
    assert not any("old]" in name for name in fit.parameters["parameter"])
    assert "old (reference), young, middle, aged" in repr(ratings)


def texts_of(axes):
    return [text.get_text() for text in [*axes.texts, *axes.get_yticklabels()]]


@pytest.mark.parametrize("name", ["forest", "group_means", "likert", "agreement"])
@pytest.mark.filterwarnings("ignore")
def test_figures_have_the_order_of_the_tables_from_top_to_bottom(name, ratings, fit):
    part = ratings.select("toxic")
    table = {
        "forest": lambda: ps.effects(fit, "age"),
        "group_means": lambda: ps.group_means(fit, "age"),
        "likert": lambda: ps.rating_shares(part),
        "agreement": lambda: ps.agreement(part, by="age", coefficients=["alpha_ordinal"], replicates=50),
    }[name]()
    axes = getattr(figures, name)(table)
    placed = {
        level: text.get_transform().transform(text.get_position())[1]
        for text in [*axes.texts, *axes.get_yticklabels()]
        for level in WANTED
        if text.get_text().split(" minus ")[0].split(" (")[0].strip() == level
    }
    assert len(placed) >= 3, texts_of(axes)
    heights = [placed[level] for level in WANTED if level in placed]
    assert heights == sorted(heights, reverse=True)
