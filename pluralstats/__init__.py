"""pluralstats: rater models for people who disagree.

The names below are the whole public interface. They load on first use, so that ``import pluralstats``
costs little and a command that only reads a file never compiles a likelihood.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names for type checkers and editors; a test compares the two lists
    from pluralstats.data import datasets
    from pluralstats.data.answer_order import ScaleWarning
    from pluralstats.data.checking.whole import Check, check
    from pluralstats.data.ratings import Ratings
    from pluralstats.data.reading.from_file import read_item_texts, read_ratings
    from pluralstats.data.scale import Scale
    from pluralstats.data.simulation.studies import simulate, simulate_seed_study
    from pluralstats.data.truth import Truth
    from pluralstats.disagreement.coefficients import agreement
    from pluralstats.disagreement.cohesion.diversity import diversity_sensitivity
    from pluralstats.disagreement.cohesion.of_groups import cohesion
    from pluralstats.disagreement.item_statistics import item_disagreement
    from pluralstats.disagreement.majorities import label_differences
    from pluralstats.errors import ConfigError, DataError, FitError, PluralstatsError
    from pluralstats.fits.cache import CacheWarning
    from pluralstats.fits.fitted import Fit
    from pluralstats.fits.fitting import FitWarning, fit
    from pluralstats.fits.graphs import fit_pymc, pymc_model
    from pluralstats.fits.loading import load_fit
    from pluralstats.inference.sampling.options import Sampler
    from pluralstats.labels.baselines import aggregate
    from pluralstats.labels.directions import DirectionWarning
    from pluralstats.labels.distributions.of_items import label_distributions
    from pluralstats.labels.label_sets import Labels, load_labels
    from pluralstats.labels.pairs.making import preference_pairs
    from pluralstats.labels.pairs.table import Pairs, load_pairs
    from pluralstats.model.priors import Priors
    from pluralstats.population.targets import Population, PopulationWarning
    from pluralstats.results.checks.calibration import calibration_ranks, interval_coverage, rank_uniformity
    from pluralstats.results.checks.leave_one_out import LeaveOneOut, loo
    from pluralstats.results.checks.model_comparison import compare
    from pluralstats.results.checks.power_scaling import prior_sensitivity
    from pluralstats.results.checks.predictive import predictive_checks, predictive_problems
    from pluralstats.results.checks.prior_simulation import prior_predictive
    from pluralstats.results.cohesion.of_groups import model_cohesion
    from pluralstats.results.effects.expected_ratings import group_means
    from pluralstats.results.effects.factor_tests import joint_tests
    from pluralstats.results.effects.group_effects import effects
    from pluralstats.results.effects.level_contrasts import contrasts
    from pluralstats.results.other_methods.comparison import robustness
    from pluralstats.results.predictions import predict
    from pluralstats.results.structure.intersection_cells import intersections
    from pluralstats.results.structure.intersection_variance import intersection_shares
    from pluralstats.results.structure.item_gaps import contested_items
    from pluralstats.results.variance.explained import r2
    from pluralstats.results.variance.reliability_of_items import raters_needed, reliability
    from pluralstats.results.variance.shares import variance_shares
    from pluralstats.study.config import StudyConfig
    from pluralstats.study.pipeline import run_study
    from pluralstats.study.table_files import export_table

_HOME = {
    "CacheWarning": "fit_cache",
    "Check": "data.checking.whole",
    "ConfigError": "errors",
    "DataError": "errors",
    "DirectionWarning": "labels.directions",
    "Fit": "fitted",
    "FitError": "errors",
    "FitWarning": "fits",
    "Labels": "labels.label_sets",
    "LeaveOneOut": "results.leave_one_out",
    "Pairs": "labels.pairs",
    "PluralstatsError": "errors",
    "Population": "population.targets",
    "PopulationWarning": "population.targets",
    "Priors": "model.priors",
    "Ratings": "data.ratings",
    "Sampler": "inference.sampler",
    "Scale": "data.scale",
    "ScaleWarning": "data.policies.answer_order",
    "StudyConfig": "study.config",
    "Truth": "data.truth",
    "aggregate": "labels.baselines",
    "agreement": "disagreement.coefficients",
    "calibration_ranks": "results.calibration",
    "check": "data.checking.whole",
    "cohesion": "disagreement.group_cohesion",
    "compare": "results.comparison",
    "contested_items": "results.item_gaps",
    "contrasts": "results.level_contrasts",
    "diversity_sensitivity": "disagreement.diversity",
    "effects": "results.group_effects",
    "export_table": "study.table_files",
    "fit": "fits",
    "fit_pymc": "pymc_fits",
    "group_means": "results.expected_ratings",
    "intersection_shares": "results.intersection_variance",
    "intersections": "results.intersection_cells",
    "interval_coverage": "results.calibration",
    "item_disagreement": "disagreement.item_statistics",
    "joint_tests": "results.factor_tests",
    "label_differences": "disagreement.majorities",
    "label_distributions": "labels.item_distributions",
    "load_fit": "stored_fits",
    "load_labels": "labels.label_sets",
    "load_pairs": "labels.pairs",
    "loo": "results.leave_one_out",
    "model_cohesion": "results.group_agreement",
    "predict": "results.predictions",
    "predictive_checks": "results.posterior_checks",
    "predictive_problems": "results.check_sentences",
    "preference_pairs": "labels.pair_making",
    "prior_predictive": "results.prior_simulation",
    "prior_sensitivity": "results.power_scaling",
    "pymc_model": "pymc_fits",
    "r2": "results.explained_variance",
    "rank_uniformity": "results.calibration",
    "raters_needed": "results.item_reliability",
    "read_item_texts": "data.reading.from_file",
    "read_ratings": "data.reading.from_file",
    "reliability": "results.item_reliability",
    "robustness": "results.method_comparison",
    "run_study": "study.pipeline",
    "simulate": "data.simulation",
    "simulate_seed_study": "data.simulation",
    "variance_shares": "results.shares",
}
_MODULES = {"datasets": "data.datasets"}  # public names that are modules
__all__ = [
    "CacheWarning",
    "Check",
    "ConfigError",
    "DataError",
    "DirectionWarning",
    "Fit",
    "FitError",
    "FitWarning",
    "Labels",
    "LeaveOneOut",
    "Pairs",
    "PluralstatsError",
    "Population",
    "PopulationWarning",
    "Priors",
    "Ratings",
    "Sampler",
    "Scale",
    "ScaleWarning",
    "StudyConfig",
    "Truth",
    "aggregate",
    "agreement",
    "calibration_ranks",
    "check",
    "cohesion",
    "compare",
    "contested_items",
    "contrasts",
    "datasets",
    "diversity_sensitivity",
    "effects",
    "export_table",
    "fit",
    "fit_pymc",
    "group_means",
    "intersection_shares",
    "intersections",
    "interval_coverage",
    "item_disagreement",
    "joint_tests",
    "label_differences",
    "label_distributions",
    "load_fit",
    "load_labels",
    "load_pairs",
    "loo",
    "model_cohesion",
    "predict",
    "predictive_checks",
    "predictive_problems",
    "preference_pairs",
    "prior_predictive",
    "prior_sensitivity",
    "pymc_model",
    "r2",
    "rank_uniformity",
    "raters_needed",
    "read_item_texts",
    "read_ratings",
    "reliability",
    "robustness",
    "run_study",
    "simulate",
    "simulate_seed_study",
    "variance_shares",
]
__version__ = version("pluralstats")


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        value = import_module(f"pluralstats.{_MODULES[name]}")
    elif name in _HOME:
        value = getattr(import_module(f"pluralstats.{_HOME[name]}"), name)
    else:
        raise AttributeError(f"module 'pluralstats' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
