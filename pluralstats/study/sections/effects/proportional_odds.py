"""Whether groups differ in more than their place: tests of their noise, use of the scale and thresholds."""

from collections.abc import Sequence

import pandas as pd

import pluralstats as ps
from pluralstats.errors import ConfigError
from pluralstats.fits.fitted import Fit
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import parse_formula, quoted
from pluralstats.printing.wording import capital, count, interval, listed, number, p_value
from pluralstats.results.cohesion.of_groups import adjusted_p
from pluralstats.study.configuration.arguments import in_study_words
from pluralstats.study.sections.parts import Material, Section, Study, Tables
from pluralstats.study.steps.dimensions import of_willing_fits
from pluralstats.study.steps.models import MAIN, RATER
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Lines, Text, folded
from pluralstats.study.writing.verdicts import Row, contrast_name, digits_for, places

TABLE = "proportional_odds"
HEADING = "Do groups differ in more than their place?"
SMALL_P = 0.05
MOST = 6  # differences told in sentences
PARTS = {"noise": "disc", "use of the scale": "stretch"}  # test -> the key under [model]
INTRODUCTION = (
    "The model takes groups to differ in their place alone: all answers of a group are moved by one amount on the "
    "latent scale. Larger models let one demographic at a time differ in more: in noise (how consistent its raters "
    "are), in the use of the scale (whether they keep to its middle or go to its ends), or in each threshold between "
    "two answers by itself. These look alike in the ratings: where groups differ in one, the tests of the others often "
    "find it too, and the clearest is told."
)
NOT_TESTED = (
    "Whether groups differ in more than their place could not be tested: that takes an ordered scale of three answers "
    "or more, demographics with levels in the formula, and neither imputed demographics nor unequal design weights."
)
METHODS = (
    "Whether groups differ in more than their place was tested by likelihood ratios. In the larger model the levels of "
    "one demographic had noise, use of the scale or thresholds of their own (Peterson & Harrell, 1990; Christensen, "
    "2018); where the formula had an effect of raters, single raters differed in noise or use of the scale in both "
    "models. All were fitted by maximum likelihood, and p values were adjusted over all tests by the method of "
    "Benjamini and Hochberg."
)
UNITS = {"ratio of s": "times the noise", "ratio of e^a": "times the distance between thresholds"}
COMES_TO = {  # test -> what a ratio above and below 1 comes to
    "noise": ("times the noise: less consistent answers", "times the noise: more consistent answers"),
    "use of the scale": (
        "times the distance between thresholds: answers nearer to the middle of the scale",
        "times the distance between thresholds: answers nearer to the ends of the scale",
    ),
}


def proportional_odds(material: Material) -> pd.DataFrame:
    """The columns of ``ps.proportional_odds_tests`` of the main model, and p adjusted over all dimensions.

    A joint fit is tested dimension by dimension. No rows where the study does not ask for it or the model has none.
    """
    wanted = material.config.effects.proportional_odds
    table = of_willing_fits(material.of(MAIN) if wanted else {}, _tests)
    return table.assign(p_adjusted=adjusted_p(table["p"])) if len(table) else pd.DataFrame()


def _tests(fit: Fit) -> pd.DataFrame:
    try:
        return ps.proportional_odds_tests(fit)
    except ConfigError:  # of two answers, or without demographics
        return pd.DataFrame()


def proportional_odds_sentences(table: pd.DataFrame) -> list[str]:
    """How many demographics differ in more than their place, and in what.

    >>> row = {"demographic": "gender", "level": "m", "reference": "f", "test": "noise", "estimate": 1.3, "lower": 1.1,
    ...        "upper": 1.5, "unit": "ratio of s", "p": 0.002, "p_adjusted": 0.004, "change": -3.2, "change_at": "m: P(rating >= 4)"}
    >>> print(*proportional_odds_sentences(pd.DataFrame([row])), sep="\\n")
    1 of 1 demographic differs in more than its place (1 test, adjusted p below 0.05).
    m − f (gender): 1.30 [1.10, 1.50] times the noise: less consistent answers; adjusted p 0.004. Shares of answers move by up to 3.2 percentage points (m: P(rating >= 4)).
    """  # noqa: E501
    tested = table[table["p_adjusted"].notna()]
    missing = len(table) - len(tested)
    lines = [_how_many(tested)] if len(tested) else []
    rows = _clearest(tested)
    lines += [_difference(*row) for row in rows[:MOST]]
    more = len(rows) - MOST
    lines += [f"{count(more, 'more difference')} {'is' if more == 1 else 'are'} in the table."] if more > 0 else []
    lines += [f"{count(missing, 'test')} could not be made; the table says why."] if missing else []
    return lines


def _clear(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["p_adjusted"] < SMALL_P]


def _clearest(table: pd.DataFrame) -> list[tuple[Row, list[str]]]:
    """Of each demographic that differs, on each dimension, the test with the smallest p, and which others find it."""
    keys = [name for name in ("dimension", "demographic") if name in table]
    ordered = _clear(table).sort_values("p", kind="stable")
    parts = [part for _, part in ordered.groupby(keys, sort=False, observed=True)]
    return [(part.iloc[0].to_dict(), part["test"].tolist()[1:]) for part in parts]


def _how_many(tested: pd.DataFrame) -> str:
    every, found = (part["demographic"].nunique() for part in (tested, _clear(tested)))
    tests = count(len(tested), "test")
    if found:
        differ = "differs in more than its place" if found == 1 else "differ in more than their place"
        return f"{found} of {count(every, 'demographic')} {differ} ({tests}, adjusted p below {SMALL_P:g})."
    largest = number(tested["change"].abs().max(), 1)
    return (
        f"None of {count(every, 'demographic')} clearly differs in more than its place ({tests}, smallest adjusted p "
        f"{p_value(tested['p_adjusted'].min())}). The largest change that a larger model makes to a group's share of "
        f"answers is {largest} percentage points."
    )


def _difference(row: Row, others: Sequence[str]) -> str:
    """What one test found, how much it matters, and which others found it."""
    moved = f"{number(abs(row['change']), 1)} percentage points ({row['change_at']})" if row["change_at"] else ""
    ending = f" Shares of answers move by up to {moved}." if moved else ""
    also = f" Also found by the {'test' if len(others) == 1 else 'tests'} of {listed(others)}." if others else ""
    return f"{_size(row)}; adjusted p {p_value(row['p_adjusted'])}.{ending}{also}"


def _size(row: Row) -> str:
    if pd.isna(row["estimate"]):
        return f"{capital(row['test'])} of the levels of {'; '.join(places(row))} differ"
    null = 1.0 if row["test"] in COMES_TO else 0.0
    digits = digits_for(row["lower"], row["upper"], null)
    found = f"{number(row['estimate'], digits)} {interval(row['lower'], row['upper'], digits)}"
    if row["test"] in COMES_TO:
        above, below = COMES_TO[row["test"]]
        return f"{contrast_name(row)}: {found} {above if row['estimate'] > null else below}"
    between = str(row["unit"]).rpartition(" of ")[2]
    return f"{contrast_name(row)}: the threshold {between} is moved by {found} beyond what the others are"


def model_to_fit(table: pd.DataFrame, *, raters: bool) -> str:
    """Which lines of the study file fit what was found; "" where nothing was.

    Noise and use of the scale look alike in the ratings, so that each demographic gets the one with the smaller p;
    thresholds where it is clear of neither.

    >>> rows = [{"demographic": "gender", "test": "noise", "p": 0.001, "p_adjusted": 0.002},
    ...         {"demographic": "gender", "test": "use of the scale", "p": 0.002, "p_adjusted": 0.002}]
    >>> print(model_to_fit(pd.DataFrame(rows), raters=True))
    A model that allows for it has this under [model] of the study file, and no proportional_odds: disc = "~ gender + (1 | rater)".
    """  # noqa: E501
    clear = _clear(table).sort_values("p", kind="stable")
    parts = clear[clear["test"].isin(list(PARTS))].drop_duplicates("demographic")
    keys = [
        f'{key} = "~ {" + ".join([*map(quoted, names), *(["(1 | rater)"] if raters else [])])}"'
        for test, key in PARTS.items()
        if (names := parts.loc[parts["test"] == test, "demographic"].tolist())
    ]
    alone = [name for name in clear["demographic"] if name not in set(parts["demographic"])]
    keys = keys or _of_thresholds(alone, several="dimension" in table)
    start = "A model that allows for it has this under [model] of the study file, and no proportional_odds"
    return f"{start}: {' and '.join(keys)}." if keys else ""


def _of_thresholds(names: Sequence[str], *, several: bool) -> list[str]:
    """One column can have thresholds of its own, and dimensions in one model are that column."""
    return [f'thresholds = "{name}"' for name in names[:1]] + ['dimensions = "separate"' for _ in names[:1] if several]


def proportional_odds_table(frame: pd.DataFrame) -> col.PageTable:
    """Every test."""
    columns = [
        col.text("Demographic", "demographic"),
        col.text("Test of", "test"),
        col.Column("Comparison", lambda row: col.Cell(f"{row['level']} − {row['reference']}" if row["level"] else "")),
        col.estimate("Estimate"),
        col.bracket("95% interval"),
        col.Column("Unit", lambda row: col.Cell(UNITS.get(str(row["unit"]), str(row["unit"])))),
        col.figure("Largest change, percentage points", "change", 1),
        col.text("Where", "change_at"),
        col.figure("df", "df"),
        col.figure("Likelihood ratio", "lr", 1),
        col.p_adjusted("p_adjusted"),
    ]
    if (frame["note"].fillna("") != "").any():
        columns.append(col.Column("Note", lambda row: col.Cell(in_study_words(row["note"] or ""))))
    caption = "Tests of noise, use of the scale and thresholds of groups."
    return col.page_table(TABLE, caption, frame, columns, choose=("dimension", "demographic"))


def _show(study: Study) -> list[Block]:
    frame = study.table(TABLE)
    if not len(frame):
        return [Text(NOT_TESTED)] if study.config.effects.proportional_odds else []
    main = parse_formula(study.formulas[MAIN], available_columns(study.ratings))
    model = model_to_fit(frame, raters=any(term.factors == (RATER,) for term in main.random))
    said: list[Block] = [Text(model)] if model else []
    return [
        Text(INTRODUCTION),
        Lines(proportional_odds_sentences(frame)),
        *said,
        folded(proportional_odds_table(frame)),
    ]


def _compute(material: Material) -> Tables:
    return {TABLE: proportional_odds(material)}


SECTION: Section = Section(
    show=_show,
    heading=HEADING,
    compute=_compute,
    methods={TABLE: lambda config: METHODS},
)
