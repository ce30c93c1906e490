"""The gallery: every figure made by its cell in ``docs/gallery``, with its code and its alt text.

A file there is Python for one subject: a docstring (heading and a sentence), then cells that begin with ``# %%``. A
cell without a name prepares what the others draw; a cell ``# %% forest`` makes that figure as ``axes``.
"""

import ast
import re
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from pluralstats.figures import alt_text, style

SOURCES = Path(__file__).parents[1] / "gallery"
ORDER = ("effects", "disagreement", "items", "labels", "checks", "training")
CELL = re.compile(r"^# %%(.*)$", re.MULTILINE)
FRONT = "forest"  # the picture of the front page
THUMBNAIL = 420  # pixels wide, shown at half of it


class Cell(NamedTuple):
    """One cell of a file: the figure it makes ("" for none) and its code."""

    figure: str
    code: str


def cells(subject: str) -> tuple[str, list[Cell]]:
    """The docstring of a subject and its cells."""
    text = (SOURCES / f"{subject}.py").read_text(encoding="utf-8")
    head, *rest = CELL.split(text)
    found = [Cell(name.strip(), code.strip()) for name, code in zip(rest[::2], rest[1::2], strict=True)]
    return ast.get_docstring(ast.parse(head)) or "", found


def figures() -> list[str]:
    """Names of all figures that have a cell."""
    return [cell.figure for subject in ORDER for cell in cells(subject)[1] if cell.figure]


def pages() -> dict[str, str | bytes]:
    made: dict[str, str | bytes] = {}
    cards = []
    for subject in ORDER:
        docstring, found = cells(subject)
        title, _, about = docstring.partition("\n")
        parts, own = [f"# {title}\n\n{about.strip()}"], []
        names: dict[str, Any] = {"__name__": subject}
        for cell in found:
            exec(compile(cell.code, f"gallery/{subject}.py", "exec"), names)
            if not cell.figure:
                parts.append(f"```python\n{cell.code}\n```")
                continue
            large, small, words = drawn(names.pop("axes"))
            made |= {f"{cell.figure}.png": large, f"{cell.figure}-small.png": small}
            parts.append(_section(cell, words))
            if cell.figure == FRONT:
                made["front.txt"] = f"![{_one_line(words)}]({cell.figure}.png)\n"
            own.append(_card(cell.figure, subject, words))
        made[f"{subject}.md"] = "\n\n".join([*parts, ""])
        cards.append(f"## {title}\n\n::::{{grid}} 1 2 3 4\n:gutter: 2\n\n" + "\n\n".join(own) + "\n\n::::")
    contents = "\n".join(ORDER)
    made["index.md"] = "\n\n".join([START, *cards, f"```{{toctree}}\n:hidden:\n\n{contents}\n```", ""])
    return made


def drawn(axes: Any) -> tuple[bytes, bytes, str]:
    """A figure as PNG, its thumbnail, its alt text."""
    with tempfile.TemporaryDirectory() as folder:
        [path] = style.save(axes, Path(folder) / "figure", formats=["png"])
        with Image.open(path) as picture:
            ratio = min(1.0, THUMBNAIL / picture.width)
            small = picture.convert("RGB").resize((int(picture.width * ratio), int(picture.height * ratio)))
            page = Image.new("RGB", (THUMBNAIL, THUMBNAIL * 3 // 4), "white")
            page.paste(small, (0, max(0, (page.height - small.height) // 2)))  # of a tall figure its upper part
            page.save(Path(folder) / "small.png", optimize=True)
        return path.read_bytes(), (Path(folder) / "small.png").read_bytes(), alt_text(axes)


def _section(cell: Cell, words: str) -> str:
    label = f"figure-{cell.figure.replace('_', '-')}"
    page = f"../api/names/pluralstats.figures.{cell.figure}.rst"
    return (
        f"({label})=\n## `{cell.figure}`\n\n[Arguments and what is returned]({page})\n\n```python\n{cell.code}\n```\n\n"
        f"![{_one_line(words)}]({cell.figure}.png)\n\n```{{dropdown}} In words (the alt text)\n{words}\n```"
    )


def _card(figure: str, subject: str, words: str) -> str:
    return (
        f":::{{grid-item-card}} {figure}\n:link: figure-{figure.replace('_', '-')}\n:link-type: ref\n"
        f":img-bottom: {figure}-small.png\n:img-alt: {_one_line(words.partition('. ')[0])}\n:::"
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


START = """---
html_theme.sidebar_secondary.remove: true
---

# Gallery

Every figure of `ps.figures`, made when these pages were built, with the code that made it. All data here are
**SIMULATED**. Figures come at print size (89 or 183 mm wide, 7 to 8 point text); `ps.figures.style.save(axes, "name")`
writes SVG and PNG with the alt text inside, `ps.figures.alt_text(axes)` says it. In a notebook, `%matplotlib inline`
and `axes.figure` show one."""
