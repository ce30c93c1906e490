"""PRISM: people of 75 countries talk to language models and rate each answer on a slider."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pluralstats.data.datasets.columns import inside, melted_answers, numbers, picked
from pluralstats.data.datasets.dataset import GOOD, Dataset, Dimension, Published, RatingsOf

_HUB = "https://huggingface.co/datasets/HannahRoseKirk/prism-alignment"
_TITLE = "PRISM Alignment"
_NESTED = {
    "ethnicity": ("ethnicity", "simplified"),
    "religion": ("religion", "simplified"),
    "region": ("location", "special_region"),
    "birth_country": ("location", "birth_country"),
    "reside_country": ("location", "reside_country"),
}
_FLAT = {
    "age": "age",
    "gender": "gender",
    "education": "education",
    "employment": "employment_status",
    "marital_status": "marital_status",
    "english": "english_proficiency",
    "locale": "study_locale",
}
_PEOPLE = ("age", "gender", "ethnicity", "region", "education")


def prism_ratings(tables: Mapping[str, pd.DataFrame], dimensions: Sequence[str]) -> pd.DataFrame:
    """An item is one answer of one model to one prompt, rated by the person who wrote the prompt."""
    required = {"item": ("utterance_id",), "rater": ("user_id",), "score": ("score",)}
    return _answers(tables["ratings"], required, {"question": ("interaction_id",)}, dimensions)


def prism_model_ratings(tables: Mapping[str, pd.DataFrame], dimensions: Sequence[str]) -> pd.DataFrame:
    """An item is a model, in the opening turn, before the person has chosen one to go on with."""
    required = {"item": ("model_name",), "rater": ("user_id",), "score": ("score",), "turn": ("turn",)}
    given = tables["ratings"]
    opening = given[numbers(given["turn"]) == 0] if "turn" in given else given
    return _answers(opening, required, {}, dimensions)


def _answers(
    given: pd.DataFrame,
    required: Mapping[str, tuple[str, ...]],
    optional: Mapping[str, tuple[str, ...]],
    dimensions: Sequence[str],
) -> pd.DataFrame:
    more = {"model": ("model_name",), "turn": ("turn",), "conversation_type": ("conversation_type",)}
    more = {name: names for name, names in more.items() if name not in required}
    table = picked(given, _TITLE, required, {**optional, **more})
    return melted_answers(table.assign(turn=numbers(table["turn"])) if "turn" in table else table, dimensions)


def prism_people(table: pd.DataFrame) -> pd.DataFrame:
    """The survey: a row a participant, ethnicity, religion and places in objects."""
    people = picked(table, _TITLE, {"rater": ("user_id",)}, {name: (column,) for name, column in _FLAT.items()})
    nested = {name: inside(table, column, key).to_numpy() for name, (column, key) in _NESTED.items()}
    return people.assign(**nested)


def _prism(name: str, title: str, size: str, ratings: RatingsOf, **more: Any) -> Dataset:
    return Dataset(
        name=name,
        title=title,
        size=size,
        dimensions={"score": Dimension(("continuous", 1, 100), GOOD, "how good the answer is, terrible to perfect")},
        default=("score",),
        demographics=_PEOPLE,
        reference={"ethnicity": "White"},
        published=(
            Published("ratings", "utterances.jsonl", f"{_HUB}/resolve/main/utterances.jsonl"),
            Published("people", "survey.jsonl", f"{_HUB}/resolve/main/survey.jsonl"),
        ),
        page=_HUB,
        licence="CC BY 4.0 for what people wrote, CC BY-NC 4.0 for the models' answers",
        citation="Kirk et al. (2024). The PRISM alignment dataset. NeurIPS.",
        link="arXiv:2404.16019",
        ratings=ratings,
        people=prism_people,
        **more,
    )


_OTHERS = ("religion", "employment", "marital_status", "english", "locale", "birth_country", "reside_country")
PRISM = _prism(
    "prism",
    _TITLE,
    "68,371 rated answers of 21 models by 1,396 people (1,500 answered the survey)",
    prism_ratings,
    covariates=(*_OTHERS, "model", "turn", "conversation_type"),
    note="Each answer has one rater, so that item and rest cannot be told apart; prism-models has the models as items.",
)
PRISM_MODELS = _prism(
    "prism-models",
    f"{_TITLE}, models",
    "21 models rated by 1,396 people in the opening turns of 8,011 conversations",
    prism_model_ratings,
    covariates=_OTHERS,
    options={"duplicates": "mean"},
    note="A rating is the mean score a person gave a model in opening turns.",
)
