"""NLPositionality: volunteers of many countries judge actions and posts, beside what models say of them."""

from collections.abc import Mapping, Sequence

import pandas as pd

from pluralstats.data.datasets.columns import age_groups, ids, melted_answers, numbers, picked
from pluralstats.data.datasets.dataset import BAD, GOOD, Dataset, Dimension, Published, RatingsOf

_PAGE = "https://github.com/liang-jenny/NLPositionality"
_FACTS = (
    *("age", "gender", "ethnicity", "religion", "education", "country_longest", "country_residence"),
    "native_language",
)
_SOURCES = "CC BY 4.0 for the annotations; "


def litw_ratings(title: str, dimension: str, models: Sequence[str]) -> RatingsOf:
    """How the file of a task is read. A person of two ethnicities has every row twice; the two are joined."""

    def ratings(tables: Mapping[str, pd.DataFrame], dimensions: Sequence[str]) -> pd.DataFrame:
        required = {"item": ("action",), "rater": ("session_id",), dimension: ("litw",)}
        table = picked(tables["ratings"], title, required, {name: (name,) for name in (*_FACTS, *models)})
        if "ethnicity" in table:
            table = table.assign(ethnicity=ids(table["ethnicity"]))
            several = table.dropna(subset="ethnicity").groupby("rater", sort=False)["ethnicity"]
            table = table.assign(ethnicity=table["rater"].map(several.agg(lambda cells: ";".join(cells.unique()))))
            table = table.drop_duplicates(ignore_index=True)
        if "age" in table:
            table = table.assign(age_group=age_groups(table["age"]), age=numbers(table["age"]))
        known = {name: numbers(table[name]) for name in models if name in table}
        return melted_answers(table.assign(**known), dimensions)

    return ratings


def _litw(task: str, size: str, dimension: str, asked: Dimension, host: str, models: tuple[str, ...]) -> Dataset:
    name, file = f"nlpositionality-{dimension}", f"nlpositionality_{task}"
    title = f"NLPositionality, {dimension}"
    source = "CC BY-SA 4.0 for Social Chemistry 101" if asked.polarity == GOOD else "CC BY 4.0 for DynaHate"
    return Dataset(
        name=name,
        title=title,
        size=size,
        dimensions={dimension: asked},
        default=(dimension,),
        demographics=("gender", "age_group", "ethnicity", "religion", "education", "country_longest"),
        covariates=("age", "country_residence", "native_language", *models),
        options={"na_values": ["None"], "multi_select": {"ethnicity": "multiracial"}},
        published=(
            Published(
                "ratings",
                f"{file}_processed.csv",
                f"https://{host}.apps.allenai.org/api/v1/dataset?type=processed",
                also=(f"{file}_raw.csv", f"{file}.csv"),
            ),
        ),
        page=_PAGE,
        licence=f"{_SOURCES}{source}",
        citation="Santy et al. (2023). NLPositionality: characterizing design biases of datasets and models. ACL.",
        link="arXiv:2306.01943",
        ratings=litw_ratings(title, dimension, models),
        note="The columns of models and of the source data set are covariates of items; some items lack one.",
    )


ACCEPTABILITY = _litw(
    "social-acceptability",
    "judgements of actions by volunteers; 16,299 annotations by 1,096 people in both tasks together",
    "acceptability",
    Dimension((-2, 2), GOOD, "how acceptable the action is, very bad to very good"),
    "delphi-litw",
    ("socialchem", "delphi", "gpt4"),
)
TOXICITY = _litw(
    "toxicity",
    "judgements of posts by volunteers; 16,299 annotations by 1,096 people in both tasks together",
    "toxicity",
    Dimension((-1, 1), BAD, "whether the post is hate speech: no, not sure, yes"),
    "toxicity-litw",
    ("dynahate", "perspective", "rewire", "hateroberta", "gpt4"),
)
