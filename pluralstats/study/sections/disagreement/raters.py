"""Which raters stand out: severe or lenient, noisy, in their use of the scale, or with one answer again and again."""

import pandas as pd

import pluralstats as ps
import pluralstats.figures as figures
from pluralstats.printing.wording import capital, count, listed
from pluralstats.results.raters.meetings import of_raters
from pluralstats.study.sections.parts import Material, Plan, Section, Study, Tables
from pluralstats.study.steps.dimensions import of_willing_fits
from pluralstats.study.steps.models import MAIN
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Lines, Text, folded
from pluralstats.study.writing.verdicts import Row

TABLE = "raters"
MOST = 8  # raters named in a sentence
DRAWS = 200
SAME = "same answer"
INTRODUCTION = (
    "A rater stands out whose whole interval is more than a standard deviation over raters away from the average one. "
    "Severity is how much lower than the average rater somebody rates the same items; noise and use of the scale are "
    "ratios to the typical rater. One answer is given too often where it is more than the model expects of a rater so "
    "severe on such items; one rater in 200 has that by chance."
)
ANSWERS = (  # not of numbers, which have no most frequent one
    col.text("Most frequent answer", "modal_answer"),
    col.figure("Percent", "modal_percent"),
    col.figure("Percent expected", "modal_percent_expected"),
)
WORDS = {
    "severe": "Rate lower than others",
    "lenient": "Rate higher than others",
    "noisy": "Are noisier than others",
    "consistent": "Are more consistent than others",
    "middle of the scale": "Keep to the middle of the scale",
    "ends of the scale": "Go to the ends of the scale",
    SAME: "Give one answer more often than expected",
}


def raters_of(material: Material) -> pd.DataFrame:
    """The columns of ``ps.rater_table``, of a main model that has effects of raters."""
    fits = {name: fit for name, fit in material.of(MAIN).items() if of_raters(fit)}
    return of_willing_fits(fits, lambda fit: ps.rater_table(fit, draws=DRAWS, seed=material.config.seed))


def rater_sentences(table: pd.DataFrame) -> list[str]:
    """How many raters stand out, and who in what.

    >>> notes = {"rater": ["R1", "R2", "R3"], "note": ["severe; same answer", "", ""], "modal_answer": "3"}
    >>> numbers = {"modal_percent": [90.0, 40.0, 30.0], "modal_percent_expected": [45.0, 38.0, 33.0]}
    >>> print(*rater_sentences(pd.DataFrame(notes | numbers)), sep="\\n")
    1 of 3 raters stands out.
    Rate lower than others: R1.
    Give one answer more often than expected: R1 (3, 90% and not 45%).
    """
    notes = table["note"].astype(str)
    n, whole = table.loc[notes != "", "rater"].nunique(), count(table["rater"].nunique(), "rater")
    said = {word: table[[word in note.split("; ") for note in notes]] for word in WORDS}
    return [
        f"{n or 'None'} of {whole} {'stands' if n < 2 else 'stand'} out.",
        *(f"{WORDS[word]}: {_named(rows, word)}." for word, rows in said.items() if len(rows)),
    ]


def _named(rows: pd.DataFrame, word: str) -> str:
    """Raters, those who stand out on most dimensions first, with where, or with the answer that they repeat."""
    groups = sorted(rows.groupby("rater", sort=False, observed=True), key=lambda group: -len(group[1]))
    named = [_with_detail(str(rater), part.to_dict("records"), word) for rater, part in groups[:MOST]]
    more = len(groups) - MOST
    return listed([*named, *([count(more, "more rater")] if more > 0 else [])])


def _with_detail(rater: str, rows: list[Row], word: str) -> str:
    details = [
        ", ".join(
            part
            for part in (
                str(row.get("dimension", "")),
                f"{row['modal_answer']}, {row['modal_percent']:.0f}% and not {row['modal_percent_expected']:.0f}%"
                if word == SAME
                else "",
            )
            if part
        )
        for row in rows
    ]
    where = "; ".join(detail for detail in details if detail)
    return f"{rater} ({where})" if where else rater


def raters_table(frame: pd.DataFrame) -> col.PageTable:
    """The raters who stand out; the file has all."""
    parts = [name for name in ("noise", "use_of_scale") if frame[name].notna().any()]
    columns = [
        col.text("Rater", "rater"),
        col.figure("Ratings", "n_ratings"),
        col.estimate("Severity, rating points", "severity"),
        col.bracket("95% interval"),
        *(col.figure(capital(name.replace("_", " ")), name, 2) for name in parts),
        *(ANSWERS if "modal_answer" in frame else ()),
        col.text("Stands out", "note"),
    ]
    shown = frame[frame["note"] != ""]
    return col.page_table(TABLE, "Raters who stand out.", shown, columns)


def _compute(material: Material) -> Tables:
    return {TABLE: raters_of(material)}


def _show(study: Study) -> list[Block]:
    frame = study.table(TABLE)
    if not len(frame):
        return []
    table = [folded(raters_table(frame))] if (frame["note"] != "").any() else []
    return [Text(INTRODUCTION), Lines(rater_sentences(frame)), *study.drawn("rater_profiles"), *table]


SECTION: Section = Section(
    show=_show,
    heading="Which raters stand out?",
    compute=_compute,
    step="Looking at single raters",
    figures={
        "rater_profiles": Plan(
            "Raters, the most severe first; those who stand out by name.", TABLE, figures.rater_profiles, "severity"
        )
    },
    methods={
        TABLE: lambda config: (
            "Severities of raters (Linacre, 1989) are differences from the average rater in expected ratings of the "
            "same items; shares of a rater's most frequent answer were compared with those in ratings drawn from the "
            "model."
        )
    },
)
