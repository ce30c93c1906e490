"""``export_table``: a table of this package as a file that goes into a paper."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from pluralstats.errors import ConfigError, expect, nearest, path_of, probability_problem, problems_error
from pluralstats.printing.formats import WRITERS, without_control
from pluralstats.printing.printed import printed_table
from pluralstats.printing.summaries import Summary
from pluralstats.storage.shown_text import csv_bytes, visible
from pluralstats.storage.whole_files import write_whole


def export_table(
    table: pd.DataFrame | Summary,
    path: str | Path,
    *,
    caption: str = "",
    columns: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    prob: float = 0.95,
) -> Path:
    """Write a table for a paper: CSV, Markdown, LaTeX, HTML, Word or Typst, by the ending of the file.

    CSV has every column in full precision; a text that a spreadsheet would take for a formula ("=1+1") gets an
    apostrophe before it. The others are printed tables: headers with unit and estimand, "0.25
    [0.10, 0.41]" for an estimate with its interval, as many digits as the interval supports, percentages 0-100.
    They leave out columns without a value, 50% intervals, and the estimand where there is one only, which then
    stands in the header.

    Parameters
    ----------
    table : data frame or Summary
        Any table of this package: of ``ps.effects``, ``ps.contrasts``, ``ps.variance_shares``, ``ps.agreement`` ...;
        or what ``fit.summary()`` and ``ps.regression_table`` return, printed as they are.
    path : str or Path
        Ends in .csv, .md, .tex (booktabs), .html (one page that needs no other file), .docx (needs python-docx) or
        .typ (Typst). A file of that name is replaced, whole or not at all.
    caption : str
        Above the table; not in CSV. Default of a Summary: its title.
    columns : list of str, optional
        Columns to print, in this order; each brings the interval that belongs to it. ``"lower_50"`` and
        ``"lower_simultaneous"`` stand for intervals without a centre of their own.
    labels : dict, column -> header
        Other headers.
    prob : float
        Probability of the intervals, for the header: a table does not hold what it was made with.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ConfigError
        An unknown ending or column, or a place that cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd, pluralstats as ps
    >>> table = pd.DataFrame({"component": ["item"], "percent": [41.23], "lower": [35.1], "upper": [47.2]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(ps.export_table(table, f"{folder}/shares.md").read_text(encoding="utf-8"))
    | Component | Percent [95% interval] |
    | :-- | --: |
    | item | 41 [35, 47] |
    <BLANKLINE>
    """
    expect(table, (pd.DataFrame, Summary), "`ps.export_table` writes a data frame or a Summary")
    path, labels = path_of(path), dict(labels or {})
    _check(table, path, columns, labels, prob)
    if path.suffix.lower() == ".csv":
        content = csv_bytes(table.table if isinstance(table, Summary) else table)
    elif isinstance(table, Summary):
        content = WRITERS[path.suffix.lower()](table.for_paper, visible(caption or table.title))
    else:
        printed = without_control(printed_table(table, columns, labels, prob))
        content = WRITERS[path.suffix.lower()](printed, visible(caption))
    return write_whole(path, content, "The table")


def _check(
    table: pd.DataFrame | Summary, path: Path, columns: Sequence[str] | None, labels: Mapping[str, str], prob: float
) -> None:
    problems = probability_problem(prob)
    endings = [".csv", *WRITERS]
    if path.suffix.lower() not in endings:
        problems.append(f"`path` ends in one of {', '.join(endings)}; found '{path.name}'.")
    problems += _chosen_problems(table, columns, labels)
    if problems:
        raise problems_error(ConfigError, problems)


def _chosen_problems(
    table: pd.DataFrame | Summary, columns: Sequence[str] | None, labels: Mapping[str, str]
) -> list[str]:
    """Sentences about columns and labels that the table does not have; a Summary is printed as it is."""
    if isinstance(table, Summary):
        asked = [name for name, given in (("columns", columns), ("labels", labels)) if given]
        return [f"`{name}` is for data frames, and a Summary is printed as it is. Leave it out." for name in asked]
    names = [str(name) for name in table.columns]
    return [
        f"`{argument}` has '{name}', which is not a column of the table ({', '.join(names)})." + nearest(name, names)
        for argument, asked in (("columns", columns or ()), ("labels", labels))
        for name in asked
        if name not in names
    ]
