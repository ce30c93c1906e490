"""What Sphinx loads: when each part of the making has its turn. The parts that need no Sphinx are read by tests too."""

from typing import Any

from . import absent, alt_texts, mathml, written
from .llms import write_llms


def setup(app: Any) -> dict[str, bool]:
    app.connect("config-inited", written.write_pages)  # before Sphinx and autosummary look for pages
    app.connect("doctree-read", alt_texts.add_alt_texts)
    app.connect("build-finished", write_llms)
    mathml.add_renderer(app)
    absent.allow_unions()
    return {"parallel_read_safe": True, "parallel_write_safe": True}
