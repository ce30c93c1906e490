"""What looks wrong in ratings although no rule forbids it; a policy or a look at the codebook settles it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pluralstats.data.batch import counted, listed
from pluralstats.data.demographic_suspicions import (
    free_text,
    lonely_levels,
    missing_demographics,
    single_levels,
    spelling_variants,
    withheld_demographics,
)
from pluralstats.data.evidence import Evidence
from pluralstats.data.frames import as_text
from pluralstats.data.rater_weights import costly_weights
from pluralstats.data.scale import Scale
from pluralstats.data.shared_items import sharing_problems

_MISSING_CODES = {
    *(
        "na",
        "n/a",
        "#n/a",
        "nan",
        "none",
        "null",
        "nil",
        "missing",
        "unknown",
        "data_expired",
        "consent_revoked",
    ),
    *("expired", "revoked", "not applicable", "no response", "?", "-", "--", "."),
    *("-1", "-7", "-8", "-9", "-66", "-77", "-88", "-99", "-999", "-9999", "999", "9999"),
}
_ENOUGH = 10  # ratings from which sameness is remarkable
_ENOUGH_FOR_MEANS = 30  # ratings from which the mean of an answer is worth comparing


def suspicions(evidence: Evidence) -> list[str]:
    """All suspicions as finished sentences."""
    checks = (
        answers_off_the_scale,
        answers_by_dimension,
        missing_codes,
        missing_demographics,
        withheld_demographics,
        free_text,
        spelling_variants,
        lonely_levels,
        single_levels,
        constant_raters,
        constant_items,
        items_of_two_questions,
        groups_with_other_items,
        unequal_weights,
    )
    return [sentence for look in checks for sentence in look(evidence)] if len(evidence.batch.table) else []


def answers_off_the_scale(evidence: Evidence) -> list[str]:
    """A highest or lowest answer given to items that are not rated high or low by others: "don't know"?

    On a true scale, the mean that other ratings give the same item rises with the answer. An extreme
    answer whose items have a mean more than two standard errors on the wrong side of the next answer's is
    no extreme; it is left out when the other end is looked at.
    """
    scale, table = evidence.scale, evidence.batch.table
    order_unknown = "scale" not in evidence.given and not scale.is_numeric
    if scale.is_continuous or order_unknown or "dimension" in table:
        return []
    code, item = table["rating"].to_numpy(), table["item"].array.codes
    sentences: list[str] = []
    left = list(range(scale.K))
    for end, name in ((-1, "highest"), (0, "lowest")):
        if len(left) < 3:
            break
        known = np.isin(code, left)
        if sentence := _off_the_scale(code[known], item[known], left, end, name, scale):
            sentences.append(sentence)
            left.pop(end)
    return sentences


def _off_the_scale(code: np.ndarray, item: np.ndarray, left: list[int], end: int, name: str, scale: Scale) -> str:
    extreme, following = left[end], left[-2 if end else 1]
    others = _others_mean(code, item, extreme, np.array(scale.values))
    here, there = others[code == extreme], others[code == following]
    here, there = here[np.isfinite(here)], there[np.isfinite(there)]
    if min(len(here), len(there)) < _ENOUGH_FOR_MEANS:
        return ""
    margin = 2 * np.sqrt(here.var() / len(here) + there.var() / len(there))
    wrong_side = there.mean() - here.mean() if end else here.mean() - there.mean()
    label = scale.labels[extreme]
    if wrong_side <= margin:
        return ""
    return (
        f"Answer '{label}' ({counted(int((code == extreme).sum()), 'rating')}) does not behave like the "
        f"{name} of the scale: others rate its items {here.mean():.2f} on average, but the items with answer "
        f"'{scale.labels[following]}' {there.mean():.2f}. "
        f'If it means "don\'t know", pass drop_ratings=["{label}"].'
    )


def _others_mean(code: np.ndarray, item: np.ndarray, extreme: int, values: np.ndarray) -> np.ndarray:
    """Mean of the other ratings of the same item, without the extreme answer; NaN: none, (n,)."""
    counted_in = code != extreme
    total = np.bincount(item, weights=values[code] * counted_in, minlength=item.max() + 1)
    count = np.bincount(item, weights=counted_in, minlength=item.max() + 1)
    n_others = count[item] - counted_in
    sum_of_others = total[item] - values[code] * counted_in
    return np.divide(sum_of_others, n_others, out=np.full(len(code), np.nan), where=n_others > 0)


def answers_by_dimension(evidence: Evidence) -> list[str]:
    """Dimensions with many ratings on which different answers occur: probably different scales."""
    table, scale = evidence.batch.table, evidence.scale
    if "dimension" not in table or scale.is_continuous:
        return []
    parts = table.groupby("dimension", observed=True)["rating"]
    found = {name: sorted(set(part)) for name, part in parts if len(part) >= _ENOUGH * scale.K}
    if len({tuple(codes) for codes in found.values()}) < 2:
        return []
    texts = [f"{name} {', '.join(scale.labels[code] for code in codes)}" for name, codes in found.items()]
    return [f"The dimensions have different answers: {'; '.join(texts)}. If their scales differ, read them one by one."]


def missing_codes(evidence: Evidence) -> list[str]:
    """Levels that look like codes for missing values."""
    options, sentences = evidence.options, []
    handled = {as_text(value) for value in (*options.na_values, *options.drop_ratings)}
    ordinal = ("rating",) if evidence.scale.is_continuous is False else ()
    for name in (*ordinal, *options.demographics, *_text_columns(evidence.table, options.covariates)):
        level = evidence.level(name)
        suspects = [text for text in level.categories if text.casefold() in _MISSING_CODES and text not in handled]
        if name == "rating":
            suspects = [text for text in suspects if evidence.scale.code_of(text) < 0]
        suspects = [text for text in suspects if text not in options.recode.get(name, {})]
        if suspects:
            n = evidence.n_rows(np.asarray(level.isin(suspects)))
            quoted = ", ".join(f'"{text}"' for text in suspects)
            sentences.append(
                f"'{name}' has {counted(n, 'row')} with what looks like a code for missing: {quoted}. "
                f"If it is, pass na_values=[{quoted}]."
            )
    return sentences


def _text_columns(table: pd.DataFrame, names: Sequence[str]) -> list[str]:
    return [name for name in names if not pd.api.types.is_numeric_dtype(table[name])]


def constant_raters(evidence: Evidence) -> list[str]:
    """Raters who always gave the same answer (on a dimension)."""
    who = _constant(evidence.batch.table, "rater")
    return [f"{_same(who, 'rater')}. See whether they read the items."] if who else []


def constant_items(evidence: Evidence) -> list[str]:
    """Items that everybody answered alike (on a dimension)."""
    what = _constant(evidence.batch.table, "item")
    return [f"{_same(what, 'item')}. They say little about differences between raters."] if what else []


def _same(names: list[str], noun: str) -> str:
    counts = f"{counted(len(names), noun)} {'has' if len(names) == 1 else 'have'}"
    return f"{counts} the same answer in all of {_ENOUGH} or more ratings: {listed(names, 5)}"


def _constant(table: pd.DataFrame, by: str) -> list[str]:
    keys = [name for name in (by, "dimension") if name in table]
    spread = table.groupby(keys, observed=True)["rating"].agg(["size", "min", "max"])
    same = spread[(spread["size"] >= _ENOUGH) & (spread["min"] == spread["max"])]
    return [" on ".join(map(str, index)) if isinstance(index, tuple) else str(index) for index in same.index]


def items_of_two_questions(evidence: Evidence) -> list[str]:
    """Items that stand under several questions, where items are nested in questions."""
    table = evidence.batch.table
    if "question" not in table:
        return []
    n_questions = table[["item", "question"]].drop_duplicates()["item"].value_counts()
    twice = sorted(str(item) for item in n_questions.index[n_questions > 1])
    counts = f"{counted(len(twice), 'item')} {'stands' if len(twice) == 1 else 'stand'}"
    return [f"{counts} under several questions: {listed(twice, 5)}. Name each once."] if twice else []


def groups_with_other_items(evidence: Evidence) -> list[str]:
    """Groups that rated other items than each other."""
    names = [name for name in evidence.options.demographics if name in evidence.batch.table]
    frame = evidence.batch.table[["item", "rater", *names]].astype("category")
    return sharing_problems(frame, names)


def unequal_weights(evidence: Evidence) -> list[str]:
    """Design weights so unequal that they cost much of the sample."""
    return costly_weights(evidence.batch.table)
