"""Pictures inside the page: light SVG with live text, pixels where a vector picture would be heavy."""

import base64
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from markupsafe import Markup
from PIL import Image

from pluralstats.study.sections.parts import Picture

COLOURS = 128
MOST_SVG = 250_000  # characters; beyond, a picture of thousands of marks is larger, and slower, than its pixels
_UNSEEN = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>\s*")
_UNNEEDED = re.compile(r' id="[A-Za-z0-9.]+_\d+"| transform="rotate\(-0 [^)]*\)"')  # names that nothing refers to
_STYLE = re.compile(r' style="([^"]*)"')
_LONG = re.compile(r"(\.\d\d)\d+")  # a hundredth of a point is 4 micrometres
_ENCODED = {"%": "%25", "#": "%23", "&": "%26", '"': "%22", "<": "%3C", ">": "%3E", "\n": " "}  # "%" first


@dataclass(frozen=True)
class Figure:
    """A picture as the page shows it: ``uri`` holds the whole image, ``table`` names the file of its numbers."""

    id: str
    caption: str
    alt: str
    uri: Markup
    table: str


def page_figure(picture: Picture) -> Figure:
    """The picture inside a data URI: SVG, or PNG where the SVG would be heavy and the pixels are lighter."""
    uri = vector_uri(picture.svg.read_text(encoding="utf-8"))
    if len(uri) > MOST_SVG:
        uri = min(uri, pixels_uri(picture.png), key=len)
    name = f"figure-{picture.name.replace('_', '-')}"
    return Figure(name, picture.caption, picture.alt, Markup(uri), picture.table)


def vector_uri(svg: str) -> str:
    """An SVG of matplotlib as a URI that stands inside double quotes: looks the same, a third of the size.

    Texts are as they were; numbers have two decimals, equal styles stand once, names that nothing refers to are gone.

    >>> picture = '<svg>\\n <path id="a_1" d="M 0.123456 1" style="fill: #fff"/>\\n <text>0.125 "a"</text></svg>'
    >>> print(vector_uri(picture))
    data:image/svg+xml;charset=utf-8,%3Csvg%3E%3Cstyle%3E.s0{fill: %23fff}%3C/style%3E%3Cpath d='M 0.12 1' \
class='s0'/%3E%3Ctext%3E0.125 %22a%22%3C/text%3E%3C/svg%3E
    """
    classes: dict[str, str] = {}

    def tag(found: re.Match[str]) -> str:
        light = _LONG.sub(r"\1", _UNNEEDED.sub("", found[0].rstrip()))
        light = _STYLE.sub(lambda style: f' class="{classes.setdefault(style[1], f"s{len(classes)}")}"', light)
        return light.replace("'", "&apos;").replace('"', "'")

    light = _TAG.sub(tag, _UNSEEN.sub("", svg).strip())
    rules = "".join(f".{name}{{{style}}}" for style, name in classes.items())
    end = light.index(">") + 1
    light = f"{light[:end]}<style>{rules}</style>{light[end:]}"
    for character, code in _ENCODED.items():
        light = light.replace(character, code)
    return f"data:image/svg+xml;charset=utf-8,{light}"


def pixels_uri(png: Path) -> str:
    """The same pixels in as few colours as a figure has: a third of the size."""
    out = BytesIO()
    with Image.open(png) as image:
        few = image.convert("RGB").quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(out, "PNG", compress_level=6)  # "optimize" takes ten times as long for a tenth less
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode("ascii")
