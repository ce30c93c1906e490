"""Priors of the exact posterior (METHODS section 1): one frozen set of scales, in units of the latent residual."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from pluralstats.errors import ConfigError, nearest, problems_error
from pluralstats.model.category_effects import CategoryEffects
from pluralstats.model.coefficient_prior import CoefficientPrior, coefficient_prior, side_by_side
from pluralstats.model.design import Design
from pluralstats.model.merging import submodels
from pluralstats.model.step_places import Steps, steps_at
from pluralstats.model.terms.by_group import GroupedEffects
from pluralstats.model.terms.fixed import FixedEffects
from pluralstats.model.terms.levels import level_effects

PRECISION_SCALE = 10.0  # of half-student_t; ``ordbetareg`` has an exponential distribution with mean 10
OF_PARTS = ("part_coefficient", "part_sd")
SCALES = (
    "threshold",
    "log_gap",
    "coefficient",
    "sd",
    "residual",
    "degrees_of_freedom",
    "correlation",
    *OF_PARTS,
)


@dataclass(frozen=True)
class Priors:
    """Prior scales of a rater model. The defaults are weakly informative on every family and link.

    First threshold ~ normal(0, ``threshold``); logarithm of each gap between thresholds ~ normal(log(unit),
    ``log_gap``); thresholds without an order, of families of steps, ~ normal(0, ``threshold``) each; differences
    between levels ~ student_t(df, 0, ``coefficient``); standard deviations of random terms ~
    half-student_t(df, 0, ``sd``); correlations of the effects of a term ~ LKJ(``correlation``). Gaussian
    family: intercept ~ normal(``location``, ``threshold``), residual sd ~
    half-student_t(df, 0, ``residual``). Ordered beta family: cutpoints as thresholds, intercept ~
    normal(0, ``threshold``), precision ~ half-student_t(df, 0, 10). Coefficients of ``disc`` and ``stretch`` ~
    normal(0, ``part_coefficient``), on the scale of logarithms, and sds of their random terms ~
    half-student_t(df, 0, ``part_sd``). Every scale but ``log_gap``, ``correlation``, that of the precision and those of
    the parts is multiplied by ``unit``.

    No level of a factor is special: its coefficients are jointly multivariate student_t with scale matrix
    ``coefficient``^2 (I + 11') / 2 (correlation 1/2), so that the difference of any two levels, the reference or not,
    is student_t(df, 0, ``coefficient``). For an interaction it is the Kronecker product of the matrices of its factors:
    the difference of two such differences is student_t(df, 0, ``coefficient``) too. Where factors interact, the prior
    of each is for its differences averaged over all levels of the others, and first threshold or intercept are those
    at the mean over the levels of all factors, each level counted once. Contrasts, predictions and effects therefore do
    not depend on the reference, the order or the names of levels. Only two priors do: that of a single coefficient in
    ``terms``, and those of random slopes of a factor, ``(1 + gender | item)``: ``sd`` is for the difference to its
    reference, and the correlations are with the effects of items at the reference (``(0 + gender | item)`` has sds of
    levels, all alike).

    The prior of a measured column (age, year), and of the sd of its random slopes, is for one standard deviation of
    it, and thresholds, intercepts (random ones too) and the other factors of an interaction are those at its mean. A
    column of two values is a factor of two levels. The columns of ``bs(x, df)`` share the prior variance of one: each
    has the scale ``coefficient`` / sqrt(df) per sd. Of the steps of ``mo(x)`` the sum, the difference between the
    highest and the lowest level, is student_t(df, 0, ``coefficient``), and all ways to divide it are equally likely.
    Coefficients of ``cs(x)`` have the prior of those of ``x`` at every threshold, independently; by name they are
    ``{"cs(gender)": 0.5}`` or ``{"gender[male]: 1|2": 0.2}``. An ``offset(x)`` has no prior; gaussian ratings count
    less it.

    Attributes
    ----------
    threshold, log_gap, coefficient, sd, residual : float
        Scales, in units of ``unit`` (``log_gap``: of the logarithm).
    degrees_of_freedom : float
        Of the student_t priors.
    correlation : float
        Of the LKJ prior: 1 takes all correlation matrices for equally likely, larger values prefer small correlations.
    part_coefficient, part_sd : float
        Of differences between levels in log s and in a, and of the sds of their random terms.
    terms : mapping from term to float
        Scales of single terms instead: ``{"gender": 0.5}`` for all coefficients of a term (of ``mo(x)`` for their
        sum), ``{"gender[male]": 0.2}`` for one, whose row and column of the scale matrix it rescales,
        ``{"sd(rater)": 2.0}`` for a random intercept, ``{"sd(gender[male] | item)": 0.5}`` for a slope.
    unit : float, optional
        Default: the latent residual sd, 1 for probit and pi / sqrt(3) for logit; gaussian: the sd of the ratings.
    location : float, optional
        Gaussian: centre of the intercept's prior in rating points. Default: the mean rating.

    Raises
    ------
    ConfigError
        A scale that is not a positive number.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ps.Priors(coefficient=0.5, terms={"sd(rater)": 2.0}).coefficient
    0.5
    """

    threshold: float = 3.0
    log_gap: float = 1.0
    coefficient: float = 1.0
    sd: float = 1.0
    residual: float = 1.0
    degrees_of_freedom: float = 3.0
    correlation: float = 2.0
    part_coefficient: float = 0.5
    part_sd: float = 0.5
    terms: Mapping[str, float] = field(default_factory=dict)
    unit: float | None = None
    location: float | None = None

    def __post_init__(self) -> None:
        given = {name: getattr(self, name) for name in SCALES} | {f"terms[{k!r}]": v for k, v in self.terms.items()}
        if self.unit is not None:
            given["unit"] = self.unit
        problems = [
            f"`{name}` of the priors is a positive number; found {value!r}."
            for name, value in given.items()
            if not (_is_number(value) and value > 0.0)
        ]
        if self.location is not None and not _is_number(self.location):
            problems.append(f"`location` of the priors is a number; found {self.location!r}.")
        if problems:
            raise problems_error(ConfigError, problems)
        object.__setattr__(self, "terms", dict(self.terms))

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, for JSON; ``Priors(**numbers)`` is the way back."""
        return asdict(self)


class ResolvedPriors(NamedTuple):
    """The numbers of one design in standard units.

    ``threshold``, ``log_gap`` and ``intercept_prior`` are (location, scale) of normal distributions; ``coefficient``
    (p,), ``sd`` (T,) and ``residual`` scales of (half-)student_t with ``df`` degrees of freedom; ``intercept`` is the
    position of the gaussian intercept among the coefficients, -1 without one; ``correlation`` that of LKJ. ``joint`` is
    the prior of all coefficients together, in the units of the data, but those of ``steps`` of monotonic effects:
    ``step_scale`` (M,) are the scales of the sums of their steps. ``precision`` is a scale of half-student_t, of
    numbers between two ends.
    """

    threshold: tuple[float, float]
    log_gap: tuple[float, float]
    coefficient: np.ndarray
    intercept: int
    intercept_prior: tuple[float, float]
    sd: np.ndarray
    residual: float
    df: float
    correlation: float
    joint: CoefficientPrior
    steps: Steps
    step_scale: np.ndarray
    precision: float = math.nan


def resolve_priors(priors: Priors, design: Design) -> ResolvedPriors:
    """Priors in numbers for the parameters of one design, before it is standardised.

    Raises
    ------
    ConfigError
        ``terms`` names what the formula does not have.
    """
    design = design.estimated
    _refuse_unknown_terms(priors, design)
    gaussian, numbers = design.family.has_residual, not design.family.ordered
    mean, spread = rating_moments(design) if gaussian else (0.0, design.family.noise)
    unit = priors.unit or spread
    names = list(design.fixed.names)
    pieces = [piece for one, prefix in submodels(design) for piece in _pieces(one, prefix)]
    chosen = [_chosen(priors, piece, unit) for piece in pieces]
    joint = [_joint(priors, piece, unit, own) for piece, own in zip(pieces, chosen, strict=True)]
    sds = [priors.terms.get(f"sd({g.name})", priors.part_sd if g.part else priors.sd) for g in design.groupings]
    units = [1.0 if g.part else unit for g in design.groupings]
    monotone = list(design.fixed.monotone)
    named = zip(monotone, design.fixed.monotone_terms, strict=True)
    of_steps = [_of_steps(priors, design, first, name) for (first, _), name in named]
    location = 0.0 if priors.location is None or not gaussian else priors.location - mean
    return ResolvedPriors(
        threshold=(0.0, unit * priors.threshold),
        log_gap=(math.log(unit), priors.log_gap),
        coefficient=np.concatenate(chosen),
        intercept=names.index("Intercept") if numbers and "Intercept" in names else -1,
        intercept_prior=(location, unit * priors.threshold),
        sd=np.array(units, float) * np.array(sds, float),
        residual=unit * priors.residual,
        df=priors.degrees_of_freedom,
        correlation=priors.correlation,
        joint=side_by_side(joint, [bool(piece.prefix) for piece in pieces]).without(steps_at(monotone).columns),
        steps=steps_at(monotone),
        step_scale=unit * np.array(of_steps, float),
        precision=PRECISION_SCALE,
    )


def _of_steps(priors: Priors, design: Design, first: int, name: str) -> float:
    """The scale of the sum of the steps of a monotonic effect, by its name or by its term in all groups."""
    return priors.terms.get(name, priors.terms.get(design.fixed.terms[first], priors.coefficient))


class _Piece(NamedTuple):
    """Columns with a joint prior: those of eta, of one group of thresholds in it, or of a submodel.

    ``prefix`` and ``suffix`` make the names of the model of those of the columns; ``of_term`` those of their terms,
    with {} for the term.
    """

    fixed: FixedEffects
    prefix: str
    suffix: str
    of_term: str
    constant: bool


def _pieces(design: Design, prefix: str) -> list[_Piece]:
    fixed, constant = design.fixed, bool(prefix) or design.has_constant
    if isinstance(fixed, CategoryEffects):
        steps = [_Piece(fixed.inner, "", f": {boundary}", "cs({})", constant) for boundary in fixed.boundaries]
        return [_Piece(fixed.common, "", "", "{}", constant), *steps]
    if not isinstance(fixed, GroupedEffects):
        return [_Piece(fixed, prefix, "", "{}", constant)]
    groups = [
        _Piece(fixed.inner, prefix, f":{fixed.by}[{level}]", f"{{}}:{fixed.by}", constant) for level in fixed.levels
    ]
    return [_Piece(fixed.common, prefix, "", "{}", constant), *groups]


def _of_term(priors: Priors, piece: _Piece, term: str) -> float:
    usual = priors.part_coefficient if piece.prefix else priors.coefficient
    return priors.terms.get(piece.prefix + piece.of_term.replace("{}", term), usual)


def _chosen(priors: Priors, piece: _Piece, unit: float) -> np.ndarray:
    """(p,) scales of the coefficients of a piece."""
    by_name = zip(piece.fixed.names, piece.fixed.terms, strict=True)
    names = [(f"{piece.prefix}{name}{piece.suffix}", _of_term(priors, piece, term)) for name, term in by_name]
    scales = [priors.terms.get(name, usual) for name, usual in names]
    return (1.0 if piece.prefix else unit) * np.array(scales, float)


def _joint(priors: Priors, piece: _Piece, unit: float, chosen: np.ndarray) -> CoefficientPrior:
    effects, scale = level_effects(piece.fixed, piece.constant), 1.0 if piece.prefix else unit
    of_terms = [scale * _of_term(priors, piece, term) for term in effects.terms]
    return coefficient_prior(effects, of_terms, piece.fixed.terms, chosen)


def has_term(design: Design, term: str) -> bool:
    """Whether a prior of a single term can be of this model."""
    try:
        resolve_priors(Priors(terms={term: 1.0}), design)
    except ConfigError:
        return False
    return True


def rating_moments(design: Design) -> tuple[float, float]:
    """Mean and sd of gaussian ratings less an offset, weighted by frequency; sd 1 where they never vary."""
    y, weight = design.y_less_offset, design.weight
    mean = float(np.average(y, weights=weight))
    return mean, float(np.sqrt(np.average((y - mean) ** 2, weights=weight))) or 1.0


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def _refuse_unknown_terms(priors: Priors, design: Design) -> None:
    # the gaussian intercept has a prior of its own, `threshold` and `location`
    steps = {j for first, n in design.fixed.monotone for j in range(first, first + n)}  # have a prior together
    named = [name for j, name in enumerate(design.fixed.names) if j not in steps]
    fixed = [
        name for name in (*named, *design.fixed.terms, *design.fixed.monotone_terms) if name not in ("Intercept", "1")
    ]
    known = list(dict.fromkeys([*fixed, *(f"sd({g.name})" for g in design.groupings)]))
    problems = [
        f"`terms` of the priors names '{name}', which the formula does not have; it has {', '.join(known)}."
        + nearest(name, known)
        for name in priors.terms
        if name not in known
    ]
    if problems:
        raise problems_error(ConfigError, problems)
