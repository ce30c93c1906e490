"""Who is averaged over: raters once each, items once each, and what is looked up, averaged or integrated."""

import numpy as np
import pandas as pd
import pytest
from made_scenes import profiles_of, scene_of
from scipy.stats import norm

import pluralstats as ps
from pluralstats.results.averaging.scenes import observed_people

REFERENCE = {"gender": "f", "politics": "x"}


def study(*, uneven=False, **columns):
    """60 raters, 30 items; ``columns`` are covariates, functions of (rater number, item number, row number)."""
    rng = np.random.default_rng(5)
    rater = np.repeat(np.arange(60), 10)
    item = np.concatenate([rng.choice(30, 10, replace=False) for _ in range(60)])
    gender, politics = np.where(rater % 2, "m", "f"), np.array(list("xyz"))[(rater // 2) % 3]
    latent = 0.6 * (rater % 2) + 0.3 * (item % 3) + 0.6 * rng.normal(size=60)[rater] + rng.normal(size=600)
    data = {"rater": [f"r{r}" for r in rater], "item": [f"i{i}" for i in item], "gender": gender, "politics": politics}
    data["rating"] = 1 + np.digitize(latent, [-1.0, 0.0, 0.7, 1.6])
    data |= {name: make(rater, item, np.arange(600)) for name, make in columns.items()}
    frame = pd.DataFrame(data)
    keep = (frame["politics"] == "x") | (frame.groupby("rater").cumcount() < 3) if uneven else frame.index >= 0
    demographics, covariates = list(REFERENCE), list(columns)
    return ps.Ratings(frame[keep], scale=(1, 5), demographics=demographics, covariates=covariates, reference=REFERENCE)


def topic(rater, item, row):
    return np.where(item % 3 == 0, "even", np.where(item % 3 == 1, "odd", "rare"))


def fit_of(ratings, right, **options):
    return ps.fit(ratings, f"rating ~ {right}", method="laplace", draws=100, on_problem="ignore", **options)


def share_of(setting, column):
    return setting.share @ pd.get_dummies(setting.profiles[column]).to_numpy(float)


def test_an_item_covariate_does_not_weight_raters_by_how_much_they_rated():
    """A third of the raters gave 10 ratings and the others 3; the third counted as 62% once a topic was named."""
    ratings = study(uneven=True, topic=topic)
    terms = "+ (1 | item) + (1 | rater)"
    without, with_topic = (
        profiles_of(scene_of(fit_of(ratings, f"{f} {terms}"))) for f in ("politics", "politics + topic")
    )
    assert share_of(without, "politics") == pytest.approx([1 / 3] * 3)
    assert share_of(with_topic, "politics") == pytest.approx([1 / 3] * 3)
    assert share_of(with_topic, "topic") == pytest.approx([1 / 3] * 3)  # each item once, of 30
    assert len(with_topic.share) == 9
    assert with_topic.share.sum() == pytest.approx(1.0)


def test_what_varies_within_items_is_met_as_often_as_among_the_ratings_of_each_item():
    ratings = study(hour=lambda rater, item, row: np.where(row % 10 < 2, "early", "late"))
    setting = profiles_of(scene_of(fit_of(ratings, "gender + hour + (1 | item) + (1 | rater)")))
    by_item = (ratings.frame["hour"] == "early").groupby(ratings.frame["item"], observed=True).mean()
    assert share_of(setting, "hour") == pytest.approx([by_item.mean(), 1.0 - by_item.mean()])
    assert share_of(setting, "gender") == pytest.approx([0.5, 0.5])


def test_a_formula_of_item_covariates_only_has_their_distribution():
    setting = profiles_of(scene_of(fit_of(study(topic=topic), "topic + (1 | item) + (1 | rater)")))
    assert share_of(setting, "topic") == pytest.approx([1 / 3] * 3)


def test_effects_within_a_group_use_its_raters_and_all_circumstances():
    ratings = study(uneven=True, topic=topic)
    fit = fit_of(ratings, "gender * politics + topic + (1 | item) + (1 | rater)")
    everybody = scene_of(fit)
    setting = profiles_of(everybody._replace(people=observed_people(fit, {"politics": "y"})))
    assert set(setting.profiles["politics"]) == {"y"}
    assert share_of(setting, "topic") == pytest.approx([1 / 3] * 3)
    assert ps.effects(fit, "gender", by="politics")["estimate"].notna().all()


def test_a_topic_that_shifts_every_rating_leaves_gaussian_differences_alone():
    fit = fit_of(study(uneven=True, topic=topic), "gender + topic + (1 | item) + (1 | rater)", family="gaussian")
    coefficient = fit.samples.coefficient[:, fit.design.fixed.names.index("gender[m]")]
    assert ps.effects(fit, "gender")["estimate"][0] == pytest.approx(np.mean(coefficient))


def averages_by_hand(fit, changes):
    """Expected rating of everybody with levels set, from the table of raters times items, draw by draw."""
    frame, samples = fit.ratings.frame, fit.samples
    names = [grouping.name for grouping in fit.design.groupings]
    raters, items = (frame.drop_duplicates(unit).sort_values(unit).reset_index(drop=True) for unit in ("rater", "item"))
    people = raters[[c for c in fit.design.formula.described if c not in ("tox", "length")]].assign(**changes)
    for name, level in changes.items():
        people[name] = pd.Categorical([level] * len(people), categories=frame[name].cat.categories)
    whole = people.merge(items[["tox", "length"]].assign(_j=np.arange(len(items))), how="cross")
    eta = samples.coefficient @ fit.design.fixed.rows_for(whole).T
    eta += samples.effects[names.index("item")][:, whole["_j"]]
    sd = np.sqrt(1.0 + samples.sd[:, names.index("rater")] ** 2)[:, None]
    return 1.0 + sum(norm.cdf((eta - tau[:, None]) / sd) for tau in samples.threshold.T).mean(axis=1)


def covariates(rater, item, row):
    return {"age": 20.0 + rater, "tox": (item * 7919 % 30) / 30.0, "length": np.exp(item * 104729 % 30 / 6.0)}


NUMBERS = {name: (lambda rater, item, row, name=name: covariates(rater, item, row)[name]) for name in ("age", "tox")}
NUMBERS["length"] = lambda rater, item, row: covariates(rater, item, row)["length"]


def test_every_item_keeps_its_own_covariates_and_none_is_left_out():
    """Items' effects were crossed with all items' covariates, and of many numbers only the first kept its mean."""
    fit = fit_of(study(**NUMBERS), "gender*tox + gender*length + age + (1 | item) + (1 | rater)")
    by_hand = averages_by_hand(fit, {"gender": "m"}) - averages_by_hand(fit, {"gender": "f"})
    table = ps.effects(fit, "gender")
    assert table["estimate"][0] == pytest.approx(by_hand.mean(), abs=1e-6)
    assert table["upper"][0] == pytest.approx(np.quantile(by_hand, 0.975), abs=1e-6)


def test_the_order_of_terms_changes_no_average():
    ratings, terms = study(**NUMBERS), "age + (1 | item) + (1 | rater)"
    fits = (
        fit_of(ratings, f"{first} + {terms}") for first in ("gender*tox + gender*length", "gender*length + gender*tox")
    )
    one, other = (profiles_of(scene_of(fit)) for fit in fits)
    for name in ("tox", "length", "age"):
        assert one.share @ one.profiles[name] == pytest.approx(other.share @ other.profiles[name])
    assert one.share @ one.profiles["length"] == pytest.approx(ratings.frame.drop_duplicates("item")["length"].mean())


def roles_of(fit):
    """Names of the terms in each role."""
    names, roles = [grouping.name for grouping in fit.design.groupings], fit.roles
    kinds = {"profile": roles.profile, "item": roles.item, "new": roles.new, "rater": roles.rater}
    return {kind: {names[t] for t in terms} for kind, terms in kinds.items()}


def site(rater, item, row):
    return np.array(list("pqrs"))[rater % 4]


ROLES = [
    ("gender + (1 | item) + (1 | rater)", set(), {"item"}, {"rater"}, {"rater"}),
    ("gender + (1 | item) + (1 | site/rater)", set(), {"item"}, {"site", "site:rater"}, {"site:rater"}),
    ("gender + (1 | item) + (1 | rater) + (1 | gender:item)", set(), {"item"}, {"rater", "gender:item"}, {"rater"}),
    ("1 + (1 | topic/item) + (1 | rater)", set(), {"topic", "topic:item"}, {"rater"}, {"rater"}),
    ("gender + (1 | gender:politics) + (1 | item)", {"gender:politics"}, {"item"}, set(), set()),
    ("gender + (1 | item) + (1 | alias)", set(), {"item"}, {"alias"}, {"alias"}),
]


@pytest.mark.parametrize(("right", "profile", "item", "new", "rater"), ROLES, ids=[row[0] for row in ROLES])
def test_terms_are_sorted_by_their_groups(right, profile, item, new, rater):
    ratings = study(topic=topic, site=site, alias=lambda rater, item, row: [f"person {r}" for r in rater])
    assert roles_of(fit_of(ratings, right)) == {"profile": profile, "item": item, "new": new, "rater": rater}


def test_where_each_item_has_one_rating_only_items_are_about_items():
    """Every term is constant within items there, and (1 | site) was averaged over as if sites were items."""
    frame = study(site=site).frame
    alone = frame.assign(item=[f"i{k}" for k in range(len(frame))], rating=frame["rating"].astype(int) + 1)
    ratings = ps.Ratings(alone, scale=(1, 5), demographics=list(REFERENCE), covariates=["site"], reference=REFERENCE)
    roles = roles_of(fit_of(ratings, "gender + (1 | item) + (1 | rater) + (1 | site)"))
    assert roles == {"profile": set(), "item": {"item"}, "new": {"rater", "site"}, "rater": {"rater"}}


@pytest.mark.parametrize("family", ["cumulative", "gaussian"])
def test_latent_d_divides_by_raters_and_residual_and_not_by_what_crosses_them_with_items(family):
    fit = fit_of(study(), "gender + (1 | item) + (1 | rater) + (1 | gender:item)", family=family)
    b = fit.samples.coefficient[:, fit.design.fixed.names.index("gender[m]")]
    sd = fit.samples.sd[:, [grouping.name for grouping in fit.design.groupings].index("rater")]
    residual = 1.0 if fit.samples.residual_sd is None else fit.samples.residual_sd**2
    table = ps.effects(fit, "gender", estimands="latent_d")
    assert table["estimate"][0] == pytest.approx(np.mean(b / np.sqrt(residual + sd**2)))
