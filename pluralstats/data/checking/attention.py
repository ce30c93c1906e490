"""Questions that only see whether raters read: attention checks, which describe nobody."""

import re

import numpy as np

from pluralstats.data.checking.evidence import Advised, Columns, Evidence
from pluralstats.data.tables.columns import distinct_pairs
from pluralstats.data.tables.frames import OPTIONAL, REQUIRED
from pluralstats.errors import counted, listed

_NAMED = re.compile(r"attention|attn|instructed|^ac_?\d+$|(?:^|[\W_])check(?:[\W_\d]|$)", re.IGNORECASE)
_ASKED = re.compile(r"\b(?:please|must|should)\b.*\b(?:select|choose|pick|mark|tick|click|answer)\b", re.IGNORECASE)
_MOSTLY = 0.6  # share of raters with one answer: most people pass
_MOST_ANSWERS = 11


def is_attention_check(columns: Columns, name: str) -> bool:
    """Whether name or text of a column says so, and most raters gave one answer; the text must name that answer."""
    if len(columns.level(name).categories) > _MOST_ANSWERS:  # not worth counting
        return False
    asked = columns.texts.get(name, name)
    if not (_NAMED.search(name) or _NAMED.search(asked) or _ASKED.search(asked)):
        return False
    answers = _n_raters(columns, name)
    usual = max(answers, key=lambda answer: answers[answer], default="")
    if not usual or answers[usual] < _MOSTLY * sum(answers.values()) or answers[usual] == sum(answers.values()):
        return False
    told = bool(re.search(rf"(?<!\w){re.escape(usual)}(?!\w)", asked, re.IGNORECASE))
    return told or bool(_NAMED.search(name) or _NAMED.search(asked))


def _n_raters(columns: Columns, name: str) -> dict[str, int]:
    """Raters with each answer; "" is none."""
    level, rater = columns.level(name), columns.level("rater").codes
    blank = len(level.categories)
    who, said = distinct_pairs(rater, np.where(level.codes < 0, blank, level.codes), blank + 1)
    n_raters = np.bincount(said[who >= 0], minlength=blank + 1).tolist()
    return {answer: n for answer, n in zip((*level.categories, ""), n_raters, strict=True) if n}


def attention_checks(evidence: Evidence) -> list[Advised]:
    """Columns that look like attention checks and are not used yet, with the ``exclude`` that leaves failures out."""
    options, columns = evidence.options, evidence.columns
    used = {*REQUIRED, *OPTIONAL, *options.demographics, *options.covariates, *options.exclude}
    return [
        _advised(columns, name)
        for name in columns.table.columns
        if name not in used and is_attention_check(columns, name)
    ]


def _advised(columns: Columns, name: str) -> Advised:
    answers = _n_raters(columns, name)
    usual = max(answers, key=lambda answer: answers[answer])
    others = tuple(answer for answer in answers if answer != usual)
    asked = f' ("{columns.texts[name]}")' if name in columns.texts else ""
    values = listed([f'"{answer}"' for answer in others], 20)
    sentence = (
        f"'{name}'{asked} looks like an attention check: {answers[usual]:,} of "
        f"{counted(sum(answers.values()), 'rater')} have '{usual}'. It is taken for no demographic; exclude="
        f'{{"{name}": [{values}]}} leaves the others out ("" is a blank cell).'
    )
    return Advised(sentence, "exclude", others, name)
