"""What was rated by whom."""

import pandas as pd

from pluralstats.data.policies.exclusions import STEP as EXCLUDE
from pluralstats.data.ratings import Ratings
from pluralstats.errors import percent_text
from pluralstats.printing.wording import capital, count, listed, scale_words
from pluralstats.study.sections.parts import Section, Study
from pluralstats.study.steps.ratings import EVERYBODY, frequencies
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Lines, Shown

COLUMNS = ("demographic", "level", "is_reference", "n_raters", "n_ratings", "percent_raters")


def sample(ratings: Ratings) -> pd.DataFrame:
    """Who rated: one row for each level of each demographic, after "all".

    Returns
    -------
    DataFrame
        demographic, level, is_reference, n_raters, n_ratings (a row of ``weight`` 3 is three), percent_raters
        (0-100, of all raters).
    """
    frame = ratings.frame.assign(_n=frequencies(ratings))
    n_raters = frame["rater"].nunique()
    rows: list[tuple[object, ...]] = [(EVERYBODY, EVERYBODY, False, n_raters, frame["_n"].sum(), 100.0)]
    for demographic in ratings.demographics:
        groups = frame.groupby(demographic, observed=True).agg(raters=("rater", "nunique"), n=("_n", "sum"))
        reference = frame[demographic].cat.categories[0]
        for level, (raters, n) in zip(groups.index, groups.to_numpy(), strict=True):
            rows.append((demographic, level, level == reference, raters, n, 100 * raters / n_raters))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def sample_sentences(ratings: Ratings) -> list[str]:
    """What was rated by whom, in at most five lines."""
    scale = scale_words(ratings.scale.labels, ratings.scale.describe())
    lines = [
        f"{count(ratings.n_ratings, 'rating')} of {count(ratings.n_items, 'item')} "
        f"by {count(ratings.n_raters, 'rater')}, on {scale}."
    ]
    if ratings.dimensions:
        lines.append(f"Each item was rated on {listed(ratings.dimensions)}.")
    lines.append(capital(_per("rater", "gave", ratings)) + "; " + _per("item", "got", ratings) + ".")
    if ratings.demographics:
        references = [f"{ratings.frame[name].cat.categories[0]} ({name})" for name in ratings.demographics]
        lines.append(f"Groups are compared with {listed(references)}.")
    if "rater_weight" in ratings.frame:
        lines.append(
            "Coefficients of agreement, counted cohesion, disagreement on items and shares of answers speak of the "
            "raters as they are: they leave their design weights out."
        )
    lines += excluded_sentences(ratings)
    touched = int((ratings.policies["n_rows"] > 0).sum())
    if touched:
        what = "step of the preparation" if touched == 1 else "steps of the preparation"
        lines.append(f"{touched} {what} dropped or changed rows: see “Can this be trusted?”.")
    return lines


def excluded_sentences(ratings: Ratings) -> list[str]:
    """How many ratings the study leaves out on purpose, by which column."""
    rows = ratings.policies[ratings.policies["step"] == EXCLUDE].to_dict("records")
    return [
        f"{count(row['n_rows'], 'row')} of {count(row['n_raters'], 'rater')} {'is' if row['n_rows'] == 1 else 'are'} "
        f"excluded by {row['column']} ({row['detail']})."
        for row in rows
    ]


def missing_sentences(missing: pd.DataFrame) -> list[str]:
    """How many ratings are missing in the file, and of which group the smallest and the greatest share.

    >>> shares = {"column": ["all", "gender", "gender"], "level": ["all", "f", "m"], "n_asked": [9, 3, 6]}
    >>> missing_sentences(pd.DataFrame(shares).assign(n_missing=[3, 0, 3], percent=[100 / 3, 0.0, 50.0]))
    ['3 of 9 ratings are missing in the file (33%); by gender from 0% (f) to 50% (m).']
    """
    groups = missing[~missing["column"].isin(["all", "item"])].sort_values("percent", kind="stable")
    ranges = []
    for name, part in groups.groupby("column", sort=False):
        least, most = part.iloc[0], part.iloc[-1]
        if round(least["percent"]) < round(most["percent"]):
            ends = (f"{end['percent']:.0f}% ({end['level']})" for end in (least, most))
            ranges.append(f"by {name} from {' to '.join(ends)}")
    where = f"; {listed(ranges)}" if ranges else ""
    return [
        f"{row['n_missing']:,} of {count(row['n_asked'], 'rating')} {'is' if row['n_missing'] == 1 else 'are'} missing "
        f"in the file ({percent_text(row['n_missing'], row['n_asked'])}){where}."
        for row in missing[missing["column"] == "all"].to_dict("records")
    ]


def _per(column: str, verb: str, ratings: Ratings) -> str:
    counts = ratings.frame[column].value_counts()
    if counts.min() == counts.max():
        return f"each {column} {verb} {count(counts.max(), 'rating')}"
    return f"each {column} {verb} {counts.median():,.0f} ratings (median; {counts.min():,} to {counts.max():,})"


def sample_table(frame: pd.DataFrame) -> col.PageTable:
    """Who rated: raters and ratings of each level."""
    reference = col.Column("Reference", lambda row: col.Cell("yes" if row["is_reference"] else ""))
    columns = [
        col.text("Demographic", "demographic"),
        col.text("Level", "level"),
        col.figure("Raters", "n_raters"),
        col.figure("Percent of raters", "percent_raters", 1),
        col.figure("Ratings", "n_ratings"),
        reference,
    ]
    return col.page_table("sample", "Raters and ratings by demographic.", frame, columns)


def _show(study: Study) -> list[Block]:
    frame = study.tables["sample"]
    lines = [*sample_sentences(study.ratings), *missing_sentences(study.tables["missing_ratings"])]
    return [Lines(lines), *([Shown(sample_table(frame))] if len(frame) else [])]


SECTION: Section = Section(show=_show, compute=lambda material: {"sample": sample(material.ratings)})
