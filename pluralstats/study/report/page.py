"""The report: one self-contained page made of a study's tables, figures and sentences."""

import base64
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from pluralstats.storage.shown_text import visible
from pluralstats.study.sections.order import CHAPTERS
from pluralstats.study.sections.parts import Chapter, Picture, Section, Study
from pluralstats.study.writing.blocks import Block, Heading

PALETTE = 256
# a vector picture of thousands of marks is larger, and slower, than its pixels
FEW_SVG_BYTES, MOST_SVG_BYTES = 300_000, 600_000


@dataclass(frozen=True)
class Figure:
    """A picture as the page shows it: ``uri`` holds the whole image."""

    id: str
    caption: str
    alt: str
    uri: str


def report_page(study: Study) -> str:
    """The whole page as HTML; nothing in it refers to another file or to the network."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["thousands"] = "{:,}".format
    page = environment.get_template("page.html").render(
        title=study.config.title,
        simulated=study.ratings.simulated,
        provenance=study.provenance,
        chapters=[(chapter, blocks) for chapter in CHAPTERS if (blocks := blocks_of(chapter, study))],
        figures={picture.name: page_figure(picture) for picture in study.pictures},
    )
    return visible(page)  # a browser drops control characters that names have, or stops at them


def blocks_of(chapter: Chapter, study: Study) -> list[Block]:
    """What stands under the heading of a chapter; nothing where no section has anything to tell."""
    return [block for section in chapter.sections for block in _under_its_heading(section, study)]


def _under_its_heading(section: Section, study: Study) -> list[Block]:
    blocks = list(section.show(study))
    return [Heading(section.heading), *blocks] if blocks and section.heading else blocks


def page_figure(picture: Picture) -> Figure:
    """The picture inside a data URI: SVG, or PNG where the SVG would be heavy and the pixels are lighter."""
    content, kind = picture.svg.read_bytes(), "image/svg+xml"
    if len(content) > FEW_SVG_BYTES:
        pixels = few_colours(picture.png)
        if len(content) > min(MOST_SVG_BYTES, len(pixels)):
            content, kind = pixels, "image/png"
    return Figure(
        f"figure-{picture.name.replace('_', '-')}",
        picture.caption,
        picture.alt,
        f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}",
    )


def few_colours(path: Path) -> bytes:
    """A PNG with a palette of 256 colours: a third of its size, and figures of few colours look the same."""
    out = BytesIO()
    with Image.open(path) as image:
        image.convert("RGB").quantize(PALETTE, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
