"""``export_table``: a table of this package as a file that goes into a paper."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import pandas as pd

from pluralstats.errors import ConfigError, nearest, probability_problem, problems_error
from pluralstats.storage.shown_text import csv_bytes, visible
from pluralstats.storage.whole_files import write_whole
from pluralstats.study.writing.printed import PrintedTable, printed_table

_MARKDOWN = re.compile(r"([\\|*_`<])")
_LATEX = {
    "\\": r"\textbackslash{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "−": "$-$",
    "–": "--",
    "×": r"$\times$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "±": r"$\pm$",
    "∞": r"$\infty$",
    "“": "``",
    "”": "''",
}


def export_table(
    table: pd.DataFrame,
    path: str | Path,
    *,
    caption: str = "",
    columns: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    prob: float = 0.95,
) -> Path:
    """Write a table for a paper: CSV, Markdown, LaTeX, HTML or Word, by the ending of the file.

    CSV has every column in full precision; a text that a spreadsheet would take for a formula ("=1+1") gets an
    apostrophe before it. The others are printed tables: headers with unit and estimand, "0.25
    [0.10, 0.41]" for an estimate with its interval, as many digits as the interval supports, percentages 0-100.
    They leave out columns without a value, 50% intervals, and the estimand where there is one only, which then
    stands in the header.

    Parameters
    ----------
    table : data frame
        Any table of this package: of ``ps.effects``, ``ps.contrasts``, ``ps.variance_shares``, ``ps.agreement`` ...
    path : str or Path
        Ends in .csv, .md, .tex (booktabs), .html (one page that needs no other file) or .docx (needs python-docx).
        A file of that name is replaced, whole or not at all.
    caption : str
        Above the table; not in CSV.
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
    path, labels = Path(path), dict(labels or {})
    _check(table, path, columns, labels, prob)
    if path.suffix.lower() == ".csv":
        content = csv_bytes(table)
    else:
        content = WRITERS[path.suffix.lower()](_visible(printed_table(table, columns, labels, prob)), visible(caption))
    return write_whole(path, content, "The table")


def _check(table: object, path: Path, columns: Sequence[str] | None, labels: Mapping[str, str], prob: float) -> None:
    if not isinstance(table, pd.DataFrame):
        raise ConfigError(f"`ps.export_table` writes a data frame; found {type(table).__name__}.")
    problems = probability_problem(prob)
    endings = [".csv", *WRITERS]
    if path.suffix.lower() not in endings:
        problems.append(f"`path` ends in one of {', '.join(endings)}; found '{path.name}'.")
    names = [str(name) for name in table.columns]
    problems += [
        f"`{argument}` has '{name}', which is not a column of the table ({', '.join(names)})." + nearest(name, names)
        for argument, asked in (("columns", columns or ()), ("labels", labels))
        for name in asked
        if name not in names
    ]
    if problems:
        raise problems_error(ConfigError, problems)


def _visible(table: PrintedTable) -> PrintedTable:
    """Control characters written out: Word refuses them, and a browser or TeX does something else in their place."""
    rows = [[visible(cell) for cell in row] for row in table.rows]
    return table._replace(headers=[visible(header) for header in table.headers], rows=rows)


def _markdown(table: PrintedTable, caption: str) -> bytes:
    """A pipe table."""
    rows = [table.headers, *table.rows]
    lines = [f"| {' | '.join(_MARKDOWN.sub(r'\\\1', _one_line(cell)) for cell in row)} |" for row in rows]
    lines.insert(1, f"| {' | '.join('--:' if numeric else ':--' for numeric in table.numeric)} |")
    title = [_MARKDOWN.sub(r"\\\1", _one_line(caption)), ""] if caption else []
    return ("\n".join([*title, *lines]) + "\n").encode("utf-8")


def _latex(table: PrintedTable, caption: str) -> bytes:
    """A float with a booktabs table; every special character is escaped."""
    alignment = "".join("r" if numeric else "l" for numeric in table.numeric)
    head, *body = [_latex_row(row) for row in (table.headers, *table.rows)]
    lines = [
        r"% \usepackage{booktabs} in the preamble",
        r"\begin{table}[tbp]",
        r"\centering",
        *([f"\\caption{{{_latex_text(caption)}}}"] if caption else []),
        f"\\begin{{tabular}}{{{alignment}}}",
        r"\toprule",
        head,
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _latex_row(cells: Sequence[str]) -> str:
    row = " & ".join(_latex_text(cell) for cell in cells)
    # "\\" of the row before takes "[" and "*" for arguments of its own
    return ("{}" if row.startswith(("[", "*")) else "") + row + r" \\"


def _latex_text(cell: str) -> str:
    return "".join(_LATEX.get(character, character) for character in _one_line(cell))


def _html(table: PrintedTable, caption: str) -> bytes:
    """A page of its own, made by great_tables."""
    from great_tables import GT  # half a second that only this format needs
    from great_tables import html as as_it_is

    names = [str(position) for position in range(len(table.headers))]
    made = GT(pd.DataFrame(table.rows, columns=names, dtype="str"), id="table")  # escapes cells and title itself
    # a plain label is searched for units in double braces
    made = made.cols_label({name: as_it_is(html.escape(h)) for name, h in zip(names, table.headers, strict=True)})
    right = [name for name, numeric in zip(names, table.numeric, strict=True) if numeric]
    made = made.cols_align("left").cols_align("right", columns=right)
    made = made.tab_header(title=caption) if caption else made
    return made.as_raw_html(make_page=True).encode("utf-8")


def _docx(table: PrintedTable, caption: str) -> bytes:
    """A Word file with one table."""
    try:
        from docx import Document  # an extra: most users never write Word files
        from docx.enum.text import WD_ALIGN_PARAGRAPH
    except ModuleNotFoundError as error:
        raise ConfigError("A .docx file needs python-docx: pip install 'pluralstats[io]'. Or write .html.") from error
    document = Document()
    if caption:
        document.add_paragraph(caption, style="Caption")
    made = document.add_table(rows=0, cols=len(table.headers), style="Light List")
    for row in (table.headers, *table.rows):
        for cell, text, numeric in zip(made.add_row().cells, row, table.numeric, strict=True):
            cell.text = text
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT if numeric else WD_ALIGN_PARAGRAPH.LEFT
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _one_line(text: str) -> str:
    return " ".join(text.split())


WRITERS: Mapping[str, Callable[[PrintedTable, str], bytes]] = {
    ".md": _markdown,
    ".tex": _latex,
    ".html": _html,
    ".docx": _docx,
}
