"""What happens to the raters' demographics, each step by a policy the user names."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pluralstats.data.batch import Batch
from pluralstats.data.policies.choices import (
    having_any,
    levels_in,
    raters_by_level,
    renamed_levels,
    settled_levels,
)
from pluralstats.data.policies.options import SHARE, RatingOptions
from pluralstats.data.tables.columns import distinct_pairs, used_only
from pluralstats.data.tables.frames import as_text
from pluralstats.data.tables.texts import meant, plain_text
from pluralstats.errors import counted, listed, nearest

OTHER = "other"
UNDISCLOSED = "undisclosed"  # what a label of ours in the data means


def one_level_per_rater(batch: Batch, options: RatingOptions) -> Batch:
    """Each rater has one level of each demographic, by the policy ``contradictions``.

    An answer in some rows of a rater and none in others is a contradiction too: the rows may be two people's.
    "first" takes the first answer given.
    """
    rater = batch.table["rater"].array
    drop = np.zeros(len(rater), dtype=bool)
    policy = options.contradictions
    for name in options.demographics:
        level = batch.table[name].array
        first, contradictory = _answers(rater, level)
        where = contradictory[rater.codes]
        detail = listed([str(rater.categories[i]) for i in np.flatnonzero(contradictory)])
        batch = batch.recorded("contradictions", name, policy, where=where, detail=detail)
        if policy == "error" and where.any():
            batch = batch.complaining(_contradiction(name, batch, contradictory))
        drop |= where if policy == "drop" else False
        batch = batch.column(name, pd.Categorical.from_codes(first[rater.codes], dtype=level.dtype))
    return batch.kept(~drop)


def _answers(rater: pd.Categorical, level: pd.Categorical) -> tuple[np.ndarray, np.ndarray]:
    """First known level of each rater (-1: none), and whether the answers differ; both (n_raters,)."""
    who, _ = distinct_pairs(rater.codes, level.codes, len(level.categories))
    differ = np.bincount(who, minlength=len(rater.categories)) > 1
    first = np.full(len(rater.categories), -1, dtype=np.int64)
    known = np.flatnonzero(level.codes >= 0)[::-1]
    first[rater.codes[known]] = level.codes[known]  # from the last row to the first, which stays
    return first, differ


def _contradiction(name: str, batch: Batch, contradictory: np.ndarray) -> str:
    rater, level = batch.table["rater"].array, batch.table[name].array
    words = [*level.categories, "missing"]  # code -1 finds the last
    raters = np.flatnonzero(contradictory)
    examples = []
    for code in raters[:3]:
        said = rater.codes == code
        firsts = pd.Series(batch.rows[said]).groupby(level.codes[said], sort=False).first()
        answers = [f"{words[i]} in row {row}" for i, row in firsts.items()]
        examples.append(f"{rater.categories[code]} ({', '.join(answers)})")
    more = f" and {counted(len(raters) - 3, 'more rater')}" if len(raters) > 3 else ""
    return (
        f"'{name}' must be the same in all rows of a rater; it differs for {counted(len(raters), 'rater')}: "
        f'{", ".join(examples)}{more}. Correct them, or pass contradictions="first" or "drop".'
    )


def disclosed(batch: Batch, options: RatingOptions) -> Batch:
    """Raters whose demographic is missing or withheld: left out ("drop") or given a level of their own."""
    drop = np.zeros(len(batch.table), dtype=bool)
    label = as_text(options.undisclosed_label)
    listed_as_withheld = {_plain(value) for value in (*options.undisclosed_values, UNDISCLOSED)}
    withheld = {*listed_as_withheld, _plain(label)}
    for name in options.demographics:
        level = batch.table[name].array
        said = [text for text in levels_in(level, name, options) if _plain(text) in withheld]
        stated = [text for text in said if _plain(text) not in listed_as_withheld]
        batch = batch.complaining(*(_stated_label(name, text, options) for text in stated))
        found = [*(["missing"] if (level.codes < 0).any() else []), *said]
        level = renamed_levels(level, dict.fromkeys(said), name, options)
        where = level.codes < 0
        detail = listed(found)
        batch = batch.recorded("undisclosed", name, options.undisclosed, where=where, detail=detail)
        if options.undisclosed != "drop" and where.any():
            level = level.add_categories([label]).fillna(label)
        drop |= where if options.undisclosed == "drop" else False
        batch = batch.column(name, level)
    return batch.kept(~drop)


def undisclosed_levels(table: pd.DataFrame, options: RatingOptions) -> dict[str, str]:
    """The level that stands for what is to be imputed, for every demographic that has it."""
    label = as_text(options.undisclosed_label)
    names = options.demographics if options.undisclosed == "impute" else ()
    return {name: label for name in names if label in table[name].cat.categories}


def _plain(text: str) -> str:
    return plain_text(text).casefold()


def _stated_label(name: str, level: str, options: RatingOptions) -> str:
    return (
        f"`undisclosed_label={options.undisclosed_label!r}` is an answer that raters gave to '{name}' ('{level}'). "
        f"Choose another label, or add the answer to undisclosed_values= if it means withheld."
    )


def without_rare_levels(batch: Batch, options: RatingOptions) -> Batch:
    """Levels with fewer than ``lump`` raters put together as "other"; "undisclosed" is never among them.

    A frequent level that raters call "Other" or "OTHER" takes them in, for two that look alike are one to a reader.
    """
    label = as_text(options.undisclosed_label)
    for name in options.demographics if options.lump else ():
        level = batch.table[name].array
        counts = raters_by_level(batch.table["rater"].array, level, name, options)
        rare = [text for text, n in counts if 0 < n < options.lump and text != label]
        where = having_any(level, rare, name, options)
        other = next((text for text, _ in counts if text not in rare and text.casefold() == OTHER), OTHER)
        policy = f"fewer than {options.lump} raters become {other}"
        alone = len(rare) == 1 and all(other != text for text, _ in counts)
        detail = listed(rare, 40) + (f" (the only one: '{other}' is this level)" if alone else "")
        batch = batch.recorded("lump", name, policy, where=where, detail=detail)
        reference = _reference(options, name, [text for text, _ in counts])
        if reference in rare:
            rare = []
            batch = batch.complaining(
                f"`lump={options.lump}` would put the reference level '{reference}' of '{name}' "
                f"into '{OTHER}'. Choose a more frequent reference or a smaller `lump`."
            )
        elif rare and len(rare) == sum(n > 0 and text != label for text, n in counts):
            rare = []
            batch = batch.complaining(_everybody_lumped(name, counts, options))
        batch = batch.column(name, renamed_levels(level, dict.fromkeys(rare, other), name, options))
    return batch


def _everybody_lumped(name: str, counts: Sequence[tuple[str, int]], options: RatingOptions) -> str:
    label = as_text(options.undisclosed_label)
    largest, n = max(((text, n) for text, n in counts if text != label), key=lambda pair: pair[1])
    return (
        f"`lump={options.lump}` would put every level of '{name}' into '{OTHER}'; the largest, '{largest}', has "
        f"{counted(n, 'rater')}. Choose a smaller `lump`."
    )


def reference_first(batch: Batch, options: RatingOptions) -> Batch:
    """Levels without unused ones, the reference first, "other" and "undisclosed" last."""
    for name in (*options.demographics, *options.covariates):
        level = batch.table[name].array
        if not isinstance(level, pd.Categorical):
            continue
        level = used_only(level)
        batch, level = _in_order(batch, name, level, options)
        counts = raters_by_level(batch.table["rater"].array, level, name, options)
        known = [text for text, _ in counts]
        wanted = _reference(options, name, known)
        batch = batch.column(name, level)
        if wanted is not None and wanted not in known:
            batch = batch.complaining(_unknown_reference(name, wanted, known))
        elif counts:
            order = _ordered(counts, wanted, as_text(options.undisclosed_label))
            if options.multi_select.get(name) == SHARE:
                batch = settled_levels(batch, name, level, order, options)
            else:
                batch = batch.column(name, level.reorder_categories(order))
    return batch


def _in_order(batch: Batch, name: str, level: pd.Categorical, options: RatingOptions) -> tuple[Batch, pd.Categorical]:
    """Levels in the order that was given, or that an ordered category came in; the batch keeps it."""
    last = [text for text in (OTHER, as_text(options.undisclosed_label)) if text in level.categories]
    order = [text for text in level.categories if text not in last]
    if name in options.order and options.multi_select.get(name) == SHARE:
        sentence = f"'{name}' has raters with several levels (multi_select='share'), which have no order. Leave `order`"
        return batch.complaining(f"{sentence} of it out."), level
    if name in options.order:
        given = [next(iter(meant(one, order)), as_text(one)) for one in options.order[name]]
        if missing := [text for text in order if text not in given]:
            sentence = f"`order` of '{name}' lacks the level {listed(missing, 12)}. It has {', '.join(given)}."
            return batch.complaining(sentence), level
        order = [text for text in given if text in order]
        batch = batch.recorded("order", name, "given", detail=" < ".join(order))
        level = level.reorder_categories([*order, *(text for text in level.categories if text not in order)])
    elif name not in batch.ordered:
        return batch, level
    return replace(batch, orders={**batch.orders, name: tuple(order)}), level


def _reference(options: RatingOptions, name: str, levels: Sequence[str]) -> str | None:
    """The reference level as the data write it: 5 may be "5.0" there; None where the user named none."""
    wanted = options.reference.get(name)
    if wanted is None:
        return None
    return next(iter(meant(wanted, levels)), as_text(wanted))


def _ordered(counts: Sequence[tuple[str, int]], wanted: str | None, undisclosed: str) -> list[str]:
    n_raters = dict(counts)
    names = list(n_raters)
    candidates = [name for name in names if name != undisclosed] or names
    first = wanted if wanted is not None else max(candidates, key=lambda name: n_raters[name])
    last = [name for name in (OTHER, undisclosed) if name in names and name != first]
    return [first, *(name for name in names if name != first and name not in last), *last]


def _unknown_reference(name: str, wanted: str, found: list[str]) -> str:
    return (
        f"`reference` level '{wanted}' of '{name}' is not in the data; found {listed(found, 12)}."
        f"{nearest(wanted, found)}"
    )
