"""pluralstats: rater models for people who disagree.

The names below are the whole public interface. They load on first use, so that ``import pluralstats``
costs little and a command that only reads a file never compiles a likelihood.
"""

from importlib import import_module
from importlib.metadata import version

_HOME = {
    "Check": "data.checking",
    "check": "data.checking",
    "Ratings": "data.ratings",
    "Scale": "data.scale",
    "Truth": "data.simulation",
    "read_ratings": "data.readers",
    "simulate": "data.simulation",
    "simulate_seed_study": "data.simulation",
    "ConfigError": "errors",
    "DataError": "errors",
    "FitError": "errors",
    "PluralstatsError": "errors",
    "Fit": "fits",
    "fit": "fits",
    "effects": "results.contrasts",
    "variance_shares": "results.shares",
    "agreement": "disagreement.coefficients",
    "label_differences": "disagreement.majorities",
    "StudyConfig": "study.config",
    "run_study": "study.pipeline",
}
__all__ = sorted(_HOME)
__version__ = version("pluralstats")


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'pluralstats' has no attribute '{name}'")
    value = getattr(import_module(f"pluralstats.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
