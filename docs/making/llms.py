"""``llms.txt`` (the pages with a line on each) and ``llms-full.txt`` (the written pages one after another)."""

import re
from pathlib import Path
from typing import Any

WRITTEN = ("index", "tutorials/", "methods/", "phrasebook", "report", "extending/", "generated/keys/index")


def write_llms(app: Any, failure: Exception | None) -> None:
    if failure or app.builder.name != "html":
        return
    out = Path(app.outdir)
    documents = sorted(app.env.found_docs, key=_place)
    lines = [
        f"- [{app.env.titles[name].astext()}]({name}.html): {about}"
        for name in documents
        if (about := _first_sentence(app.env.get_doctree(name))) and name != "index"
    ]
    (out / "llms.txt").write_text("\n".join([START, *lines, ""]), encoding="utf-8")
    texts = [Path(app.env.doc2path(name)).read_text(encoding="utf-8") for name in documents if name.startswith(WRITTEN)]
    (out / "llms-full.txt").write_text("\n\n---\n\n".join(texts), encoding="utf-8")


def _place(name: str) -> tuple[int, str]:
    order = [i for i, start in enumerate((*WRITTEN, "generated/")) if name.startswith(start)]
    return (min(order, default=len(WRITTEN) + 1), name)


def _first_sentence(doctree: Any) -> str:
    for paragraph in doctree.findall(lambda node: node.tagname == "paragraph"):
        text = " ".join(paragraph.astext().split())
        if len(text) > 25:
            return re.split(r"(?<=[.:!?]) ", text)[0]
    return ""


START = """# pluralstats

> A Python package for ratings by people who disagree: rater models (ordinal mixed models with crossed effects of raters
> and items and the raters' demographics), differences between groups in rating points with intervals, agreement and
> cohesion, populations, labels and preference pairs for training, comparison of trained models.

The whole public interface is `import pluralstats as ps`; start with `ps.check(path)`, `ps.read_ratings(path)`,
`ps.fit(ratings)`, `ps.effects(fit)`. The texts of these pages stand in [llms-full.txt](llms-full.txt).
"""
