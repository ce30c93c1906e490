"""The sections of a study file as values; what a file leaves out is the default of the function it is for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

from pluralstats.disagreement.coefficients import agreement
from pluralstats.disagreement.cohesion.of_groups import cohesion
from pluralstats.fits.asking.request import DRAWS
from pluralstats.fits.fitting import fit
from pluralstats.inference.sampling.options import Sampler
from pluralstats.model.priors import Priors
from pluralstats.results.effects.group_effects import effects

PARTS = ("disc", "stretch")  # submodels of a model of answers


def _defaults(function: Callable[..., object]) -> dict[str, Any]:
    return {name: parameter.default for name, parameter in signature(function).parameters.items()}


_FIT, _EFFECTS, _AGREEMENT = _defaults(fit), _defaults(effects), _defaults(agreement)
_COHESION = _defaults(cohesion)


@dataclass(frozen=True)
class ModelConfig:
    """The main model and the other formulas fitted to the same ratings; defaults are those of ``ps.fit``.

    ``disc``, ``stretch`` and ``thresholds`` as ``ps.fit`` takes them; ``dimensions``: "joint" is one model of all of
    them, "separate" one of each, None as ``joins`` decides.

    ``draws=None`` is the default of the method, ``priors=None`` is ``ps.Priors()`` for the exact methods and none for
    "laplace". ``alternatives=None`` fits the main formula without the rater effect under the name "items only"; an
    empty mapping fits nothing beside the main model.
    """

    formula: str | None = _FIT["formula"]
    family: str = _FIT["family"]
    link: str = _FIT["link"]
    disc: str | None = _FIT["disc"]
    stretch: str | None = _FIT["stretch"]
    thresholds: str | None = _FIT["thresholds"]
    dimensions: str | None = None
    method: str = _FIT["method"]
    priors: Priors | None = _FIT["priors"]
    reml: bool = _FIT["reml"]
    draws: int | None = _FIT["draws"]
    chains: int = Sampler.chains
    warmup: int = Sampler.warmup
    alternatives: Mapping[str, str] | None = None

    @property
    def submodels(self) -> dict[str, str]:
        """``disc``, ``stretch`` and ``thresholds``, those that are given."""
        named = {"disc": self.disc, "stretch": self.stretch, "thresholds": self.thresholds}
        return {name: text for name, text in named.items() if text is not None}

    @property
    def parts(self) -> tuple[str, ...]:
        """Which of ``disc`` and ``stretch`` are given."""
        return tuple(name for name in PARTS if name in self.submodels)

    @property
    def is_exact(self) -> bool:
        """Whether the posterior is sampled, and not approximated around its mode or the maximum likelihood."""
        return self.method != "laplace"

    @property
    def n_draws(self) -> int:
        """Posterior draws in all that each fit is asked for."""
        return DRAWS[self.method] if self.draws is None else self.draws

    @property
    def sampler(self) -> Sampler | None:
        """The options of the exact samplers. Random effects keep seven digits: half the room in memory and on disk."""
        return Sampler(chains=self.chains, warmup=self.warmup, single_precision=True) if self.is_exact else None


@dataclass(frozen=True)
class EffectsConfig:
    """Estimands (None: all that the model has), a demographic to look within as well (None: none), half width
    of practical equivalence in rating points.

    ``pairwise``: demographics of which every level is compared with every other, p values adjusted by ``adjust``.
    ``robustness``: whether the same contrasts are also computed by generalised estimating equations and raw means.
    ``proportional_odds``: whether ``ps.proportional_odds_tests`` are made of the main model.
    """

    estimands: tuple[str, ...] | None = None
    by: str | None = _EFFECTS["by"]
    rope: float = _EFFECTS["rope"]
    pairwise: tuple[str, ...] = ()
    adjust: str = "holm"
    robustness: bool = False
    proportional_odds: bool = False


@dataclass(frozen=True)
class AgreementConfig:
    """The demographics within which agreement is computed (None: all), coefficients and bootstrap replicates.

    Defaults are those of ``ps.agreement``.
    """

    by: tuple[str, ...] | None = None
    coefficients: tuple[str, ...] = _AGREEMENT["coefficients"]
    replicates: int = _AGREEMENT["replicates"]


@dataclass(frozen=True)
class CohesionConfig:
    """The demographics whose groups' cohesion is measured (None: all), permutations and bootstrap replicates.

    ``method``: "counting" the indices of ``ps.cohesion``, to which permutations and replicates belong; "model"
    ``ps.model_cohesion``; "auto" counting where two raters have 10 items or more in common (the median over pairs) and
    the model where they have fewer.
    """

    by: tuple[str, ...] | None = None
    method: str = "auto"
    permutations: int = _COHESION["permutations"]
    replicates: int = _COHESION["replicates"]


@dataclass(frozen=True)
class StructureConfig:
    """Models of demographic structure beside the main one.

    ``intersections``: demographics whose combinations become a random term. ``contested``: a demographic whose gap may
    differ from item to item; ``margin`` in rating points is what a gap must exceed to count. ``approximate``: fit that
    model at the mode of its posterior by Laplace's method, where thousands of effects of items are slow to sample.
    """

    intersections: tuple[str, ...] = ()
    contested: str | None = None
    margin: float | None = None
    approximate: bool = False


@dataclass(frozen=True)
class PopulationConfig:
    """The target population, by one of: ``margins`` (demographic -> {level: share}), ``cells`` (a file with a column
    ``share``), ``equal`` (a demographic whose levels count the same). ``name`` is what the report calls it.
    """

    name: str = "the target population"
    margins: Mapping[str, Mapping[str, float]] | None = None
    cells: str | None = None
    equal: str | None = None


@dataclass(frozen=True)
class LabelsConfig:
    """``by``: demographics whose groups get labels of their own; ``bins`` of a slider, as ``ps.label_distributions``
    takes them; ``licence`` of the labels, for their card.
    """

    by: tuple[str, ...] = ()
    bins: int | tuple[float, ...] | None = None
    licence: str = ""


@dataclass(frozen=True)
class TrainingConfig:
    """``results``: the folder of a training summary (``alignment.write_summary``), which the report tells of."""

    results: str


@dataclass(frozen=True)
class FiguresConfig:
    """``ramp``: "diverging" for agree-disagree scales, "sequential" for intensities."""

    ramp: str = "diverging"
