"""Formulas as MathML, which browsers draw without scripts and fonts of ours."""

from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml


def add_renderer(app: Any) -> None:
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))


def _inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(tex2mathml(node.astext(), as_block=False))
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(writer.starttag(node, "div", CLASS="math"))
    # a formula of several lines is one table, as in LaTeX's align
    tex = node.astext()
    if r"\\" in tex and r"\begin" not in tex:
        tex = rf"\begin{{align*}}{tex}\end{{align*}}"
    writer.body.append(tex2mathml(tex, as_block=True))
    writer.body.append("</div>\n")
    raise nodes.SkipNode
