"""Who rated what: items under several questions, groups with other items, repeats that a column parts, weights."""

import numpy as np
import pandas as pd

from pluralstats.data.checking.evidence import Evidence
from pluralstats.data.policies.answer_lists import STEP as SEVERAL_ANSWERS
from pluralstats.data.policies.items import STEP, under_several
from pluralstats.data.policies.rater_weights import costly_weights
from pluralstats.data.policies.ratings import event_keys
from pluralstats.data.shared_items import sharing_problems
from pluralstats.data.tables.frames import OPTIONAL, REQUIRED
from pluralstats.errors import counted, listed

_MOST = 0.5  # share of items under several questions from which it is how they are numbered
_FEWEST_POINTS = 3
_NEARLY_ALL = 0.8  # share of rows
_MOST_PARTS = 0.1  # different values a row in a column that parts repeated ratings


def numbers_anew(evidence: Evidence) -> list[str]:
    """What was assumed about item numbers that are used anew inside each question, which is no problem."""
    if "questions" in evidence.given or not _are_numbered_anew(evidence):
        return []
    details = [str(record["detail"]) for record in evidence.asked.policies if record["step"] == STEP]
    return [
        f'`questions` was not given; {detail}. Pass questions="crossed" if they are the same.' for detail in details
    ]


def taken_apart(evidence: Evidence) -> list[str]:
    """What was made of cells with several answers, which is no problem."""
    return [
        f"Cells with several answers were taken apart ({record['column']}): {record['policy']}; {record['detail']}."
        for record in evidence.asked.policies
        if record["step"] == SEVERAL_ANSWERS
    ]


def items_of_two_questions(evidence: Evidence) -> list[str]:
    """Items that stand under several questions although they are not numbered anew in each."""
    if "question" not in evidence.table or "questions" in evidence.given or _are_numbered_anew(evidence):
        return []
    item, question = evidence.level("item"), evidence.level("question")
    known = (item.codes >= 0) & (question.codes >= 0)
    twice = [str(item.categories[i]) for i in under_several(item[known], question[known])]
    if not twice:
        return []
    counts = f"{counted(len(twice), 'item')} {'stands' if len(twice) == 1 else 'stand'}"
    return [
        f"{counts} under several questions: {listed(twice, 5)}. Each is taken as an item of each question; pass "
        'questions="crossed" if it is one item asked about several times, or correct the questions.'
    ]


def _are_numbered_anew(evidence: Evidence) -> bool:
    """Whether most items stand under several questions and all are numbers: 1 to 5 inside each passage."""
    if "question" not in evidence.table:
        return False
    item, question = evidence.level("item"), evidence.level("question")
    known = (item.codes >= 0) & (question.codes >= 0)
    several = under_several(item[known], question[known])
    return len(several) >= _MOST * len(item.categories) and all(text.isdecimal() for text in item.categories)


def columns_that_part_repeats(evidence: Evidence) -> list[str]:
    """Columns nobody named in which the repeated ratings of an item differ: its question, wave or dimension?"""
    found_repeats = any(record["step"] == "duplicates" and record["n_rows"] for record in evidence.batch.policies)
    if not found_repeats or "duplicates" in evidence.given:
        return []
    table = evidence.asked.table
    repeated = table.duplicated(event_keys(table), keep=False).to_numpy() & table["rating"].notna().to_numpy()
    of_user = pd.Series(np.arange(len(evidence.rows)), evidence.rows)
    if not of_user.index.is_unique:  # a wide file or lists in cells: rows are no longer the user's
        return []
    at = of_user[evidence.asked.rows[repeated]].to_numpy()
    events = table.loc[repeated].groupby(event_keys(table), observed=True, sort=False).ngroup().to_numpy()
    taken = {*REQUIRED, *OPTIONAL, *evidence.options.demographics}
    found = [name for name in evidence.table.columns if name not in taken and _parts(evidence, name, at, events)]
    fit = [name for name in ("question", "wave", "dimension") if name not in evidence.table]
    return [
        f"The repeated ratings differ in column '{name}'. If it is their {' or '.join(fit)}, pass "
        f'columns={{"{name}": "{fit[0]}"}} instead of leaving ratings out.'
        for name in found[:1]
        if fit
    ]


def _parts(evidence: Evidence, name: str, at: np.ndarray, events: np.ndarray) -> bool:
    """Whether a column of few values has no value twice among the ratings of one event."""
    cells = evidence.table[name].iloc[at]
    if cells.isna().any() or not isinstance(cells.iloc[0], str | int | float | np.number):
        return False
    values = pd.factorize(cells)[0]
    few = values.max() + 1 <= max(2, _MOST_PARTS * len(values))
    return bool(few and not pd.DataFrame({"event": events, "value": values}).duplicated().any())


def groups_with_other_items(evidence: Evidence) -> list[str]:
    """Groups that rated other items than each other."""
    names = [name for name in evidence.options.demographics if name in evidence.batch.table]
    frame = evidence.batch.table[["item", "rater", *names]].astype("category")
    return sharing_problems(frame, names)


def points_of_one_scale(evidence: Evidence) -> list[str]:
    """Dimensions of which nearly every row marks one only: a column for each answer, not for each dimension."""
    table, scale = evidence.batch.table, evidence.answers
    if "dimension" not in table or len(table["dimension"].array.categories) < _FEWEST_POINTS or scale.is_continuous:
        return []
    of_file = np.unique(evidence.rows)
    if len(of_file) == len(evidence.rows):  # a row for each rating: it has one dimension by its nature
        return []
    ticked = evidence.scale == scale and scale.values == (0.0, 1.0)
    marked = table["rating"].to_numpy() > 0 if ticked else np.ones(len(table), dtype=bool)
    n_marked = np.bincount(evidence.batch.rows[marked], minlength=int(evidence.rows.max()) + 1)
    n_marked = n_marked[of_file]
    if (n_marked == 1).mean() < _NEARLY_ALL:
        return []
    return [
        f"Nearly every row has an answer in one dimension only ({int((n_marked == 1).sum()):,} of {len(n_marked):,} "
        f"rows): the columns {listed(list(table['dimension'].array.categories))} look like the points of one scale. "
        "Write the point that is marked into one column `rating`; two marked points of a row are a repeated rating."
    ]


def survey_weights(evidence: Evidence) -> list[str]:
    """A column ``weight`` that is a survey's: broken numbers, the same in all rows of a rater."""
    table = evidence.batch.table
    if "weight" not in table:
        return []
    weight, rater = table["weight"].to_numpy(dtype=float), table["rater"].array.codes
    spread = pd.Series(weight).groupby(rater).agg(["min", "max", "size"])
    of_raters = (
        (spread["min"] == spread["max"]).all()
        and spread["min"].min() < spread["min"].max()
        and spread["size"].max() > 1
    )
    if not of_raters or (weight == np.round(weight)).all():
        return []
    return [
        "`weight` is the same in all rows of a rater and no whole number: these look like a survey's design weights. "
        'Call the column `rater_weight`, columns={"weight": "rater_weight"}; `weight` counts how often a rating '
        "occurred."
    ]


def unequal_weights(evidence: Evidence) -> list[str]:
    """Design weights so unequal that they cost much of the sample."""
    return costly_weights(evidence.batch.table)
