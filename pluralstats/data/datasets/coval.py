"""CoVal: people rank four answers to a prompt about values, for themselves and for the world."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from pluralstats.data.datasets.columns import ids, inside, picked
from pluralstats.data.datasets.dataset import GOOD, Dataset, Dimension, Published
from pluralstats.errors import DataError, rows_text

_HUB = "https://huggingface.co/datasets/openai/coval"
_FACTS = {
    "age": "age",
    "gender": "gender",
    "education": "education_level",
    "country": "country_of_residence",
    "ai_use": "generative_ai_usage",
    "ai_concern": "ai_concern_level",
}
_WINS = tuple(step / 2 for step in range(7))


def coval_ratings(tables: Mapping[str, pd.DataFrame], dimensions: Sequence[str]) -> pd.DataFrame:
    """Rankings such as A>B>C=D as a rating of each answer: how many of the three others the person put below it.

    Answers that share a rank count half each, so that A>B>C=D gives 3, 2, 0.5 and 0.5: ranks, the best highest. A
    rating is a place among the four answers to one prompt and says nothing about the answers to another; the four
    ratings of a ranking always add up to 6. A ranking that does not name every answer once has no ratings.
    """
    names = {"question": ("prompt_id",), "responses": ("responses",), "metadata": ("metadata",)}
    table = picked(tables["ratings"], COVAL.title, names, nested=("responses", "metadata"))
    rows, broken = [], []
    for number, (prompt, responses, metadata) in enumerate(table.itertuples(index=False, name=None), start=1):
        try:
            rows += list(_answers(prompt, responses, metadata, dimensions))
        except (AttributeError, KeyError, TypeError):  # of something else than the objects and lists that are published
            broken.append(number)
    if broken:
        raise DataError(
            f"{COVAL.title}: `responses` and `metadata` hold the answers and their rankings; other things stand in "
            f"{rows_text(broken)}. Take comparisons.jsonl as it is published."
        )
    frame = pd.DataFrame(rows, columns=["item", "question", "rater", "dimension", "rating"])
    frame = frame.assign(rater=ids(frame["rater"]), dimension=pd.Categorical(frame["dimension"], list(dimensions)))
    return frame if len(dimensions) > 1 else frame.drop(columns="dimension")


def _answers(
    prompt: str, responses: Any, metadata: Any, dimensions: Sequence[str]
) -> Iterator[tuple[str, str, Any, str, float]]:
    """Item, prompt, rater, dimension and rating, for each answer in each ranking of a prompt."""
    letters = [str(response["response_index"]) for response in responses]
    for assessment in metadata["assessments"]:
        blocks = assessment["ranking_blocks"]
        for dimension in dimensions:
            for block in () if (found := blocks.get(dimension)) is None else found:
                for letter, rating in _places(block["ranking"] or "", letters):
                    yield f"{prompt}:{letter}", prompt, assessment["annotator_id"], dimension, rating


def _places(ranking: str, letters: Sequence[str]) -> list[tuple[str, float]]:
    """Each answer and how many others stand below it, ties half; not a number where the ranking is incomplete.

    >>> _places("B > A=C", ["A", "B", "C"]), _places("A>B", ["A", "B", "C"])
    ([('A', 0.5), ('B', 2.0), ('C', 0.5)], [('A', nan), ('B', nan), ('C', nan)])
    """
    groups = [[letter.strip() for letter in group.split("=")] for group in ranking.split(">")]
    if sorted(letter for group in groups for letter in group) != sorted(letters):
        return [(letter, float("nan")) for letter in letters]
    place = {letter: i for i, group in enumerate(groups) for letter in group}
    below = {letter: sum(place[other] > place[letter] for other in letters) for letter in letters}
    return [(letter, below[letter] + (len(groups[place[letter]]) - 1) / 2) for letter in letters]


def coval_people(table: pd.DataFrame) -> pd.DataFrame:
    """A row an annotator, with an object of demographics."""
    people = picked(table, COVAL.title, {"rater": ("annotator_id",)})
    return people.assign(**{name: inside(table, "demographics", key).to_numpy() for name, key in _FACTS.items()})


COVAL = Dataset(
    name="coval",
    title="CoVal",
    size="18,384 rankings of the answers to 1,078 prompts by 1,012 people",
    dimensions={
        "world": Dimension(_WINS, GOOD, "how many other answers are worse for the world, ties half"),
        "personal": Dimension(_WINS, GOOD, "how many other answers the person likes less, ties half"),
    },
    default=("world", "personal"),
    demographics=("gender", "age", "education", "country"),
    covariates=("ai_use", "ai_concern"),
    published=(
        Published(
            "ratings",
            "comparisons.jsonl",
            f"{_HUB}/resolve/main/comparisons.jsonl",
            sha256="e107b7d233baedbc8c1b9c3f9aef9739592b93f6f202b9e4503b9cd3ca00d759",
        ),
        Published(
            "people",
            "annotators.jsonl",
            f"{_HUB}/resolve/main/annotators.jsonl",
            sha256="6d99f1ba780da88eafb9f63857d0f88aa0be683c807ff536768409f92bc96057",
        ),
    ),
    page=_HUB,
    licence="CC BY 4.0",
    citation="OpenAI (2026). CoVal: learning values-aware rubrics from the crowd.",
    link=_HUB,
    ratings=coval_ratings,
    people=coval_people,
    note="Ranks within a prompt, ties sharing one: compare answers to one prompt only. All rated one of the prompts.",
)
