"""Figures for papers: a documented table in, matplotlib Axes out.

Every function takes a tidy table (of ``ps.effects``, ``ps.agreement``, ...), draws it at final print size and
returns one Axes, or an array of Axes when the table fills several panels. Nothing is estimated here, no title
is burnt in, pyplot and its global state are never touched. ``alt_text(axes)`` says the figure in words,
``style.save(axes, path)`` writes SVG and PNG.
"""

from . import style
from .agreement_dots import agreement
from .alt import alt_text
from .effect_forest import forest
from .likert_bars import likert
from .model_comparison import comparison
from .severity_caterpillar import caterpillar
from .share_bars import variance_shares
from .threshold_map import wright

__all__ = [
    "agreement",
    "alt_text",
    "caterpillar",
    "comparison",
    "forest",
    "likert",
    "style",
    "variance_shares",
    "wright",
]
