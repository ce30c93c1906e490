"""Printed tables in the languages of papers and pages: Markdown, LaTeX, HTML, Typst, Word."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO

import pandas as pd

from pluralstats.errors import ConfigError
from pluralstats.printing.printed import PrintedTable
from pluralstats.storage.shown_text import visible

_MARKDOWN = re.compile(r"([\\|*_`<])")
_TYPST = re.compile(r"([\\\[\]#$*_`<>@~/\"'=+-]|\.(?=\.))")  # also comments, quotes and "..."
_TYPST_LIST = re.compile(r"^(\d+)\.(?= )")  # "1. one" is an item of a list
_RULE = "1px solid currentColor"
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


def without_control(table: PrintedTable) -> PrintedTable:
    """Control characters written out: Word refuses them, and a browser or TeX does something else in their place."""
    rows = [[visible(cell) for cell in row] for row in table.rows]
    notes = tuple(map(visible, table.notes))
    return table._replace(headers=[visible(header) for header in table.headers], rows=rows, notes=notes)


def markdown(table: PrintedTable, caption: str = "") -> str:
    """A pipe table; it has no rules between rows."""
    rows = [table.headers, *table.rows]
    lines = [f"| {' | '.join(map(_markdown_text, row))} |" for row in rows]
    lines.insert(1, f"| {' | '.join('--:' if numeric else ':--' for numeric in table.numeric)} |")
    title = [_markdown_text(caption), ""] if caption else []
    notes = ["", *map(_markdown_text, table.notes)] if table.notes else []
    return "\n".join([*title, *lines, *notes]) + "\n"


def _markdown_text(cell: str) -> str:
    return _MARKDOWN.sub(r"\\\1", _one_line(cell))


def latex(table: PrintedTable, caption: str = "") -> str:
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
        *_with_breaks(body, table.breaks, r"\midrule"),
        r"\bottomrule",
        r"\end{tabular}",
        *(f"\\par\\smallskip{{\\footnotesize {_latex_text(note)}\\par}}" for note in table.notes),
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _with_breaks(lines: Sequence[str], breaks: Sequence[int], rule: str) -> list[str]:
    return [part for i, line in enumerate(lines) for part in ([rule, line] if i in breaks else [line])]


def _latex_row(cells: Sequence[str]) -> str:
    row = " & ".join(_latex_text(cell) for cell in cells)
    # "\\" of the row before takes "[" and "*" for arguments of its own
    return ("{}" if row.startswith(("[", "*")) else "") + row + r" \\"


def _latex_text(cell: str) -> str:
    return "".join(_LATEX.get(character, character) for character in _one_line(cell))


def typst(table: PrintedTable, caption: str = "") -> str:
    """A figure with a table that has rules above, under the header and below, as booktabs draws them."""
    alignment = ", ".join("right" if numeric else "left" for numeric in table.numeric)
    rows = [f"    {_typst_row(row)}" for row in table.rows]
    lines = [
        "#figure(",
        f"  caption: figure.caption(position: top)[{_typst_text(caption)}]," if caption else "  caption: none,",
        "  table(",
        f"    columns: {len(table.headers)},",
        f"    align: ({alignment},),",
        "    stroke: none,",
        "    table.hline(),",
        f"    table.header({_typst_row(table.headers)[:-1]}),",
        "    table.hline(stroke: 0.5pt),",
        *_with_breaks(rows, table.breaks, "    table.hline(stroke: 0.5pt),"),
        "    table.hline(),",
        "  ),",
        ")",
        *(f"#text(size: 0.8em)[{_typst_text(note)}]\n" for note in table.notes),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _typst_row(cells: Sequence[str]) -> str:
    return " ".join(f"[{_typst_text(cell)}]," for cell in cells)


def _typst_text(cell: str) -> str:
    return _TYPST_LIST.sub(r"\1\\.", _TYPST.sub(r"\\\1", _one_line(cell)))


def html_page(table: PrintedTable, caption: str = "") -> str:
    """A page of its own, made by great_tables."""
    from great_tables import GT, loc, style  # half a second that only this format needs
    from great_tables import html as as_it_is

    names = [str(position) for position in range(len(table.headers))]
    made = GT(pd.DataFrame(table.rows, columns=names, dtype="str"), id="table")  # escapes cells and title itself
    # a plain label is searched for units in double braces
    made = made.cols_label({name: as_it_is(html.escape(h)) for name, h in zip(names, table.headers, strict=True)})
    right = [name for name, numeric in zip(names, table.numeric, strict=True) if numeric]
    made = made.cols_align("left").cols_align("right", columns=right)
    made = made.tab_header(title=caption) if caption else made
    for note in table.notes:
        made = made.tab_source_note(as_it_is(html.escape(note)))
    if table.breaks:
        rule = style.borders(sides="top", color="#333333", weight="2px")
        made = made.tab_style(rule, loc.body(rows=list(table.breaks)))
    return made.as_raw_html(make_page=True)


def html_fragment(table: PrintedTable) -> str:
    """A table to stand in a page of others: it takes the colours of the page, light or dark."""
    sides = [f' style="text-align: {"right" if numeric else "left"}"' for numeric in table.numeric]
    head = _html_cells("th", table.headers, sides)
    body = []
    for i, row in enumerate(table.rows):
        rule = f' style="border-top: {_RULE}"' if i in table.breaks else ""
        body.append(f"<tr{rule}>{_html_cells('td', row, sides)}</tr>")
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in table.notes)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>{notes}"


def _html_cells(tag: str, cells: Sequence[str], sides: Sequence[str]) -> str:
    return "".join(f"<{tag}{side}>{html.escape(cell)}</{tag}>" for side, cell in zip(sides, cells, strict=True))


def docx(table: PrintedTable, caption: str = "") -> bytes:
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
    for note in table.notes:
        document.add_paragraph(note)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _encoded(write: Callable[[PrintedTable, str], str]) -> Callable[[PrintedTable, str], bytes]:
    def content(table: PrintedTable, caption: str) -> bytes:
        return write(table, caption).encode("utf-8")

    return content


WRITERS: Mapping[str, Callable[[PrintedTable, str], bytes]] = {
    ".md": _encoded(markdown),
    ".tex": _encoded(latex),
    ".html": _encoded(html_page),
    ".docx": docx,
    ".typ": _encoded(typst),
}
