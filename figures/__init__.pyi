from . import style
from .checks.calibration import coverage, sbc_ranks
from .checks.chains import trace_and_rank
from .checks.left_out import elpd
from .checks.prior_draws import prior_predictive
from .checks.replications import predicted_moments, predicted_shares
from .checks.single_units import predicted_units
from .disagreement.clouds import item_disagreement
from .disagreement.cohesive import association, cohesion
from .disagreement.extent import agreement, variance_shares
from .disagreement.rating_bars import likert
from .effects.cells import intersection_differences, intersections
from .effects.difference_rows import forest
from .effects.means import group_means
from .effects.populations import population
from .effects.several import comparison, robustness, scale_collapse
from .items.gaps import contested
from .items.severities import caterpillar
from .items.thresholds import wright
from .labels.entropies import label_entropy
from .labels.pairs import pair_calibration
from .parts.alt import alt_text
from .training.conditions import arms, distances, win_rates
from .training.matrix import steerability
from .training.plane import trade_off
from .training.ratios import reduction_ratios

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
