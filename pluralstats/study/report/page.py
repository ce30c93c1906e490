"""The report: one self-contained page made of a study's tables, figures and sentences."""

import base64
import gzip
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pluralstats.storage.shown_text import csv_bytes, visible
from pluralstats.study.report.embedded import page_figure
from pluralstats.study.sections.order import CHAPTERS
from pluralstats.study.sections.parts import Chapter, Section, Study
from pluralstats.study.writing.blocks import Block, Heading, Shown
from pluralstats.study.writing.columns import Cell, PageTable


def report_page(study: Study) -> str:
    """The whole page as HTML: nothing is fetched; files in the results folder are named and linked, not needed."""
    chapters = [(chapter, blocks) for chapter in CHAPTERS if (blocks := blocks_of(chapter, study))]
    tables = [block.table for _, blocks in chapters for block in blocks if isinstance(block, Shown)]
    page = (
        _environment()
        .get_template("page.html")
        .render(
            title=study.config.title,
            simulated=study.ratings.simulated,
            provenance=study.provenance,
            chapters=chapters,
            figures={picture.name: page_figure(picture) for picture in study.pictures},
            rows=_script({table.id: _rows(table) for table in tables if table.all_rows}),
            files=_packed(tables, study),
        )
    )
    return visible(page)  # a browser drops control characters that names have, or stops at them


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["thousands"] = "{:,}".format
    return environment


def blocks_of(chapter: Chapter, study: Study) -> list[Block]:
    """What stands under the heading of a chapter; nothing where no section has anything to tell."""
    return [block for section in chapter.sections for block in _under_its_heading(section, study)]


def _under_its_heading(section: Section, study: Study) -> list[Block]:
    blocks = list(section.show(study))
    return [Heading(section.heading), *blocks] if blocks and section.heading else blocks


def _rows(table: PageTable) -> list[list[object]]:
    """Each row as its codes and its cells: a text, or a text and what it is sorted by."""
    codes = table.choice.codes.tolist()
    return [[code, [_cell(cell) for cell in row]] for code, row in zip(codes, table.all_rows, strict=True)]


def _cell(cell: Cell) -> str | list[str]:
    return [cell.text, cell.sort] if cell.sort else cell.text


def _script(content: object) -> str:
    """JSON inside a script element: nothing in it can close the element."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _packed(tables: Iterable[PageTable], study: Study) -> str:
    """The files behind the tables of the page, so that they can be saved from a page that was sent alone."""
    files = {f"{table.name}.csv": csv_bytes(study.tables[table.name]).decode("utf-8") for table in tables}
    return base64.b64encode(gzip.compress(_script(files).encode("utf-8"), mtime=0)).decode("ascii")
