from . import style
from .agreement_dots import agreement
from .arm_dots import arms
from .association_bands import association
from .checks.calibration import coverage, sbc_ranks
from .checks.chains import trace_and_rank
from .checks.left_out import elpd
from .checks.prior_draws import prior_predictive
from .checks.replications import predicted_moments, predicted_shares
from .checks.single_units import predicted_units
from .cohesion_dots import cohesion
from .collapse_dots import scale_collapse
from .disagreement.rating_bars import likert
from .disagreement_cloud import item_disagreement
from .distance_dots import distances
from .effects.cells import intersection_differences, intersections
from .effects.difference_rows import forest
from .items.gaps import contested
from .items.severities import caterpillar
from .items.thresholds import wright
from .labels.entropies import label_entropy
from .mean_dots import group_means
from .method_dots import robustness
from .model_comparison import comparison
from .pair_lines import pair_calibration
from .parts.alt import alt_text
from .population_shares import population
from .ratio_rows import reduction_ratios
from .share_bars import variance_shares
from .steering_matrix import steerability
from .trade_off_plane import trade_off
from .win_dots import win_rates

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
