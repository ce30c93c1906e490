"""What an item is where items stand under questions: numbers used anew inside each question are different items."""

import re
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from pluralstats.data.batch import Batch
from pluralstats.data.policies.options import RatingOptions
from pluralstats.errors import counted

CROSSED, NESTED = "crossed", "nested"
STEP = "questions"


def items_of_questions(batch: Batch, options: RatingOptions) -> Batch:
    """Where an item stands under several questions, the question becomes part of its name: "2 / 3".

    All items are renamed then, or none: item 6 of the one question that has six is "2 / 6" beside "1 / 1". With
    ``questions="crossed"`` an item keeps its name, and is the same under every question.
    """
    if "question" not in batch.table:
        return batch
    item, question = batch.table["item"].array, batch.table["question"].array
    several = under_several(item, question)
    if not several.size:
        return batch
    what = f"{counted(several.size, 'item')} {'stands' if several.size == 1 else 'stand'} under several questions"
    where = np.isin(item.codes, several)
    if options.questions == CROSSED:
        return batch.recorded(STEP, "item", CROSSED, where=where, detail=f"{what}; each is one item")
    named = _named(item, question)
    detail = f"{what}; an item is its question and its number, such as '{named.categories[0]}': "
    detail += f"{counted(len(named.categories), 'item')}, not {len(item.categories):,}"
    return batch.recorded(STEP, "item", NESTED, where=where, detail=detail).column("item", named)


def under_several(item: pd.Categorical, question: pd.Categorical) -> np.ndarray:
    """Codes of the items that stand under more than one question."""
    last = np.full(len(item.categories), -1, dtype=np.int64)
    last[item.codes] = question.codes
    return np.unique(item.codes[last[item.codes] != question.codes])


def is_crossed(table: pd.DataFrame) -> bool:
    """Whether an item of the table stands under more than one question."""
    return "question" in table and bool(under_several(table["item"].array, table["question"].array).size)


def _named(item: pd.Categorical, question: pd.Categorical) -> pd.Categorical:
    """Items by question and number, in the order of questions, then of items."""
    both = question.codes.astype(np.int64) * len(item.categories) + item.codes
    code, found = pd.factorize(both, sort=True)
    of_question, of_item = np.divmod(found, len(item.categories))
    questions, items = question.categories[of_question], item.categories[of_item]
    return pd.Categorical.from_codes(code, categories=pd.Index(_names(questions, items), dtype="str"))


def _names(questions: Sequence[str], items: Sequence[str]) -> list[str]:
    """ "2 / 3" for item 3 of question 2; with more strokes where texts with strokes of their own would meet.

    >>> _names(["a", "a / b"], ["b / c", "c"])
    ['a // b / c', 'a / b // c']
    """
    names = [_name(question, item, 1) for question, item in zip(questions, items, strict=True)]
    if len(set(names)) == len(names):
        return names
    strokes = _longest_run([*questions, *items]) + 1
    return [_name(question, item, strokes) for question, item in zip(questions, items, strict=True)]


def _name(question: str, item: str, strokes: int) -> str:
    return f"{question} {'/' * strokes} {item}"


def _longest_run(texts: Collection[str]) -> int:
    return max((len(run) for text in texts for run in re.findall("/+", text)), default=0)


def as_rated(items: Sequence[str], questions: Sequence[str], rated: Collection[str]) -> list[str]:
    """The names that items of another table have among the ratings: "3" of question "2" is "2 / 3" where that is rated.

    >>> as_rated(["3", "7"], ["2", "2"], ["1 / 3", "2 / 3"])
    ['2 / 3', '7']
    """
    known = set(rated)
    if all(item in known for item in items):
        return list(items)
    runs = range(1, _longest_run(known) + 1)
    return [
        item if item in known else next((name for n in runs if (name := _name(question, item, n)) in known), item)
        for item, question in zip(items, questions, strict=True)
    ]
