"""Formulas as MathML, which browsers draw without scripts and fonts of ours."""

from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util.logging import getLogger

LOGGER = getLogger(__name__)


def add_renderer(app: Any) -> None:
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))


def _inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(_drawn(node, node.astext(), block=False))
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.math_block) -> None:
    tex = node.astext()
    if r"\\" in tex and r"\begin" not in tex:  # a formula of several lines is one table, as in LaTeX's align
        tex = rf"\begin{{align*}}{tex}\end{{align*}}"
    writer.body.append(f'<div class="math">{_drawn(node, tex, block=True)}</div>\n')
    raise nodes.SkipNode


def _drawn(node: nodes.Node, tex: str, *, block: bool) -> str:
    try:
        return tex2mathml(tex, as_block=block)
    except MathError as error:  # a warning ends the build, with the page and line, which an exception would not name
        LOGGER.warning("%s in $%s$", error, tex, location=node)
        return ""
