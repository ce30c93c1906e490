"""POPQUORN and D3CODE: how offensive is this comment, on five answers."""

from collections.abc import Mapping, Sequence

import pandas as pd

from pluralstats.data.datasets.columns import ids, melted_answers, numbers, ordered, picked
from pluralstats.data.datasets.dataset import BAD, Dataset, Dimension, Published

_POPQUORN = "https://raw.githubusercontent.com/Jiaxin-Pei/Potato-Prolific-Dataset"
_D3CODE = "https://raw.githubusercontent.com/google-research-datasets/D3code/main"
_AGES = ("18-24", "25-29", "30-34", "35-39", "40-44", "45-49", "50-54", "54-59", "55-59", "60-64", ">65")
_SCHOOLING = (
    *("Less than a high school diploma", "High school diploma or equivalent", "College degree", "Graduate degree"),
)
_FOUNDATIONS = ("care", "equality", "proportionality", "authority", "loyalty", "purity")


def popquorn_ratings(tables: Mapping[str, pd.DataFrame], dimensions: Sequence[str]) -> pd.DataFrame:
    """The file of the task "offensiveness", a row a rating."""
    required = {
        "item": ("instance_id", "item"),
        "rater": ("user_id", "rater"),
        "offensiveness": ("offensiveness", "rating"),
    }
    optional = {name: (name,) for name in ("gender", "race", "age", "occupation", "education")}
    table = picked(tables["ratings"], POPQUORN.title, required, optional)
    for name, levels in (("age", _AGES), ("education", _SCHOOLING)):
        if name in table:
            table = table.assign(**{name: ordered(table[name], levels)})
    return melted_answers(table, dimensions)


def d3code_ratings(tables: Mapping[str, pd.DataFrame], dimensions: Sequence[str]) -> pd.DataFrame:
    """Ratings 0 to 4, -1 for "did not understand the message"; items with their category where their file is there."""
    required = {"item": ("item_id",), "rater": ("rater_id",), "offensiveness": ("rating_raw", "raw_rating")}
    table = picked(tables["ratings"], D3CODE.title, required)
    if "items" in tables and "item_id" in tables["items"].columns:
        names = {"category": ("category",), "subcategory": ("sub-category", "subcategory")}
        items = picked(tables["items"], D3CODE.title, {"item": ("item_id",)}, names)
        table = table.merge(items.drop_duplicates("item"), on="item", how="left")
    return melted_answers(table, dimensions)


def d3code_people(table: pd.DataFrame) -> pd.DataFrame:
    """A row a rater: demographics, and moral foundations from 1 to 5."""
    optional = {
        "gender": ("Gender",),
        "age": ("Age",),
        "region": ("Region",),
        "country": ("Country",),
        "ses": ("SES",),
        **{name: (name,) for name in _FOUNDATIONS},
    }
    people = picked(table, D3CODE.title, {"rater": ("rater_id",)}, optional)
    scores = {name: numbers(people[name]) for name in _FOUNDATIONS if name in people}
    if "ses" in people:
        scores["ses"] = ids(people["ses"])
    return people.assign(**scores)


POPQUORN = Dataset(
    name="popquorn",
    title="POPQUORN, offensiveness",
    size="13,036 rows: 262 raters, 1,500 comments",
    dimensions={"offensiveness": Dimension((1, 5), BAD, "how offensive the comment is")},
    default=("offensiveness",),
    demographics=("gender", "race", "age", "occupation", "education"),
    reference={"race": "White"},
    published=(
        Published(
            "ratings",
            "raw_data.csv",
            f"{_POPQUORN}/c329119e878037654f6aa59b319aae6e996585bb/dataset/offensiveness/raw_data.csv",
            also=("popquorn_offensiveness.csv",),
        ),
    ),
    page="https://github.com/Jiaxin-Pei/Potato-Prolific-Dataset",
    licence="none stated: ask the authors before you pass the data on",
    citation="Pei & Jurgens (2023). When do annotator demographics matter? Measuring the influence of annotator "
    "demographics with the POPQUORN dataset. LAW-XVII.",
    link="arXiv:2306.06826",
    ratings=popquorn_ratings,
    note="The file has the age groups 50-54, 54-59 and 60-64; they are left as they are.",
)
D3CODE = Dataset(
    name="d3code",
    title="D3CODE",
    size="4,590 comments (4,554 in the paper), 4,309 raters of 21 countries in 8 regions",
    dimensions={"offensiveness": Dimension((0, 4), BAD, "how offensive the comment is")},
    default=("offensiveness",),
    demographics=("region", "gender", "age"),
    covariates=("country", "ses", *_FOUNDATIONS, "category", "subcategory"),
    reference={"region": "North America"},
    options={"drop_ratings": [-1]},
    published=(
        Published("ratings", "d3-ratings.csv", f"{_D3CODE}/d3-ratings.csv", also=("ratings.csv",)),
        Published("people", "d3-raters.csv", f"{_D3CODE}/d3-raters.csv", also=("raters.csv",)),
        Published("items", "d3-items.csv", f"{_D3CODE}/d3-items.csv", also=("items.csv",), required=False),
    ),
    page="https://github.com/google-research-datasets/D3code",
    licence="CC BY 4.0",
    citation="Davani et al. (2024). D3CODE: disentangling disagreements in data across cultures on offensiveness "
    "detection and evaluation.",
    link="arXiv:2404.10857",
    ratings=d3code_ratings,
    people=d3code_people,
    note="Countries are nested in regions: use one of the two in a formula. -1, not understood, is left out.",
)
