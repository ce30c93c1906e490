from . import style
from .disagreement.extent import agreement
from .training.conditions import arms
from .disagreement.cohesive import association
from .cell_differences import intersection_differences
from .cell_scatter import intersections
from .chain_traces import trace_and_rank
from .disagreement.cohesive import cohesion
from .effects.several import scale_collapse
from .contested_rows import contested
from .coverage_lines import coverage
from .disagreement.clouds import item_disagreement
from .training.conditions import distances
from .effects.difference_rows import forest
from .elpd_dots import elpd
from .label_entropy_sticks import label_entropy
from .likert_bars import likert
from .effects.means import group_means
from .effects.several import robustness
from .effects.several import comparison
from .labels.pairs import pair_calibration
from .parts.alt import alt_text
from .effects.populations import population
from .predicted_bars import predicted_shares
from .predicted_dots import predicted_moments
from .predicted_scatter import predicted_units
from .prior_intervals import prior_predictive
from .rank_differences import sbc_ranks
from .training.ratios import reduction_ratios
from .severity_caterpillar import caterpillar
from .disagreement.extent import variance_shares
from .training.matrix import steerability
from .threshold_map import wright
from .training.plane import trade_off
from .training.conditions import win_rates

__all__ = [
    "agreement",
    "alt_text",
    "arms",
    "association",
    "caterpillar",
    "cohesion",
    "comparison",
    "contested",
    "coverage",
    "distances",
    "elpd",
    "forest",
    "group_means",
    "intersection_differences",
    "intersections",
    "item_disagreement",
    "label_entropy",
    "likert",
    "pair_calibration",
    "population",
    "predicted_moments",
    "predicted_shares",
    "predicted_units",
    "prior_predictive",
    "reduction_ratios",
    "robustness",
    "sbc_ranks",
    "scale_collapse",
    "steerability",
    "style",
    "trace_and_rank",
    "trade_off",
    "variance_shares",
    "win_rates",
    "wright",
]
