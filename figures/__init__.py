"""Figures for papers: a documented table in, matplotlib Axes out.

Every function takes a tidy table (of ``ps.effects``, ``ps.agreement``, ...), draws it at final print size and
returns one Axes, or an array of Axes when the table fills several panels. Nothing is estimated here, no title
is burnt in, pyplot and its global state are never touched. ``alt_text(axes)`` says the figure in words,
``style.save(axes, path)`` writes SVG and PNG.
"""

from . import style
from .agreement_dots import agreement
from .alt import alt_text
from .association_bands import association
from .cell_differences import intersection_differences
from .cell_scatter import intersections
from .chain_traces import trace_and_rank
from .cohesion_dots import cohesion
from .contested_rows import contested
from .coverage_lines import coverage
from .disagreement_cloud import item_disagreement
from .effect_forest import forest
from .elpd_dots import elpd
from .likert_bars import likert
from .method_dots import robustness
from .model_comparison import comparison
from .population_shares import population
from .predicted_bars import predicted_shares
from .predicted_dots import predicted_moments
from .predicted_scatter import predicted_units
from .prior_intervals import prior_predictive
from .rank_differences import sbc_ranks
from .severity_caterpillar import caterpillar
from .share_bars import variance_shares
from .threshold_map import wright

__all__ = [
    "agreement",
    "alt_text",
    "association",
    "caterpillar",
    "cohesion",
    "comparison",
    "contested",
    "coverage",
    "elpd",
    "forest",
    "intersection_differences",
    "intersections",
    "item_disagreement",
    "likert",
    "population",
    "predicted_moments",
    "predicted_shares",
    "predicted_units",
    "prior_predictive",
    "robustness",
    "sbc_ranks",
    "style",
    "trace_and_rank",
    "variance_shares",
    "wright",
]
