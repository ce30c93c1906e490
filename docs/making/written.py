"""Pages that are written from the package at every build, into ``generated/``."""

import shutil
from pathlib import Path
from typing import Any

from . import api, commands, gallery, keys

PAGES = {"api": api.pages, "keys": keys.pages, "commands": commands.pages, "gallery": gallery.pages}


def write_pages(app: Any, config: Any) -> None:
    folder = Path(app.srcdir) / "generated"
    shutil.rmtree(folder, ignore_errors=True)
    for name, pages in PAGES.items():
        for path, content in pages().items():
            target = folder / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
