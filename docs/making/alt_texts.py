"""The alt text of a figure travels in its PNG, and so does its print size; here both reach the page."""

from pathlib import Path
from typing import Any

from docutils import nodes
from PIL import Image

PRINT_DPI, SCREEN_DPI = 300, 96
LARGER = 1.4  # than in print: text of 7 points is read on paper only


def add_alt_texts(app: Any, doctree: nodes.document) -> None:
    for image in doctree.findall(nodes.image):
        path = Path(image["uri"]) if Path(image["uri"]).is_absolute() else Path(app.srcdir, image["uri"])
        if path.suffix == ".png" and "small" not in path.stem and path.is_file():
            with Image.open(path) as picture:
                if words := picture.info.get("Description"):
                    image["alt"] = " ".join(str(words).split())
                    image["width"] = f"{round(picture.width / PRINT_DPI * SCREEN_DPI * LARGER)}px"
