"""Ratings made by a known model, to plan studies and to check analyses."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.data.scale import Scale, ScaleSpec
from pluralstats.data.simulation.answering import Manner, answered, answered_scale
from pluralstats.data.simulation.design import (
    checked_design,
    correlated_effects,
    correlation_matrix,
    drawn_events,
    drawn_raters,
)
from pluralstats.data.simulation.latent import PerDimension, coefficients, linear_predictor, standard_deviations
from pluralstats.data.simulation.parts import drawn_parts, parts_asked
from pluralstats.data.simulation.structure import drawn_structure, structure_asked
from pluralstats.data.truth import Truth, truth_of

_GENDER: Mapping[str, Mapping[str, float]] = MappingProxyType({"gender": {"female": 0.5, "male": 0.5}})
_GENDER_EFFECT: Mapping[str, PerDimension] = MappingProxyType({"gender[male]": 0.3})


def simulate(
    n_raters: int = 200,
    n_items: int = 50,
    ratings_per_rater: int | Sequence[int] = 10,
    *,
    n_questions: int = 0,
    dimensions: Sequence[str] = (),
    demographics: Mapping[str, Mapping[str, float]] = _GENDER,
    effects: Mapping[str, PerDimension] | None = None,
    sd_rater: PerDimension = 0.6,
    sd_item: PerDimension = 0.8,
    sd_question: PerDimension = 0.4,
    sd_residual: PerDimension = 1.0,
    item_slopes: Mapping[str, PerDimension] | None = None,
    slope_correlation: float | Mapping[str, float] = 0.0,
    sd_intersection: Mapping[str, PerDimension] | None = None,
    disc: Mapping[str, PerDimension] | None = None,
    sd_disc_rater: PerDimension = 0.0,
    stretch: Mapping[str, PerDimension] | None = None,
    sd_stretch_rater: PerDimension = 0.0,
    rater_correlation: float | np.ndarray = 0.0,
    item_correlation: float | np.ndarray = 0.0,
    thresholds: Sequence[float] | Mapping[str, Sequence[float]] | None = None,
    intercept: PerDimension = 0.0,
    precision: PerDimension = 6.0,
    scale: ScaleSpec | None = None,
    family: str = "cumulative",
    link: str = "probit",
    seed: int = 1,
) -> Ratings:
    """Simulated ratings of a study of any size, with the truth attached.

    The model is P(y <= k) = F((c + e^a (tau_k - c) - eta) / s), eta = effects of demographics + rater + item +
    question, the last three normal; higher eta, higher rating. s = 1 and a = 0 unless ``disc`` or ``stretch`` say
    otherwise; c is the mean of the thresholds. With ``family="gaussian"`` the rating itself is
    intercept + eta + s N(0, sd_residual^2). With ``family="ordered_beta"`` it is that of a slider: with probability
    F(c_0 - eta') the lowest, F(eta' - c_1) the highest, else beta distributed between them with mean F(eta'), F the
    logistic distribution function and eta' = intercept + eta (Kubinec 2023).

    Parameters
    ----------
    n_raters, n_items : int
        Size of the study.
    ratings_per_rater : int or list of int, (n_raters,)
        Items each rater meets: drawn at random, never the same twice, so items have unequal numbers of
        ratings.
    n_questions : int
        Questions that the items answer (each item one, about equally many items a question); 0: no questions.
    dimensions : list of str
        Every item a rater meets is rated on each of them. Empty: one dimension without a name ("all" in the
        truth).
    demographics : dict, name -> {level: probability}
        The first level is the reference, unless nobody has it; demographics are drawn independently.
    effects : dict, parameter -> number or {dimension: number}, optional
        Latent differences to the reference level: "gender[male]"; of two levels together beyond their sum:
        "gender[male]:politics[conservative]". What is not named is 0. Default: 0.3 for "gender[male]" when
        ``demographics`` is left at its default, else nothing.
    sd_rater, sd_item, sd_question, sd_residual : float or {dimension: float}
        Standard deviations on the latent scale; the residual one is used for gaussian only.
    item_slopes : dict, parameter -> float or {dimension: float}, optional
        Items that split groups: standard deviation over items of what an item adds to an effect, as
        {"gender[male]": 0.4}. The effect need not be named in ``effects``.
    slope_correlation : float or {parameter: float}
        Correlation of what an item adds with the item's own effect.
    sd_intersection : dict, "gender:race" -> float or {dimension: float}, optional
        Combinations of levels: standard deviation of what each adds to the sum of its levels' effects.
    disc : dict, parameter -> number or {dimension: number}, optional
        Noise: differences of log s to the reference level, as {"gender[male]": 0.4}; above 0 these raters are less
        consistent (the opposite sign of brms' ``disc``). Interactions as for ``effects``.
    stretch : dict, parameter -> number or {dimension: number}, optional
        Use of the scale: differences of a to the reference level; above 0 these raters keep to the middle, below 0
        they go to the ends. At least three answers; not gaussian.
    sd_disc_rater, sd_stretch_rater : float or {dimension: float}
        Standard deviations over raters of log s and of a; a rater's deviation is the same trait on all dimensions.
    rater_correlation, item_correlation : float or ndarray, (D, D)
        Correlation of a rater's (an item's, a question's) effects across dimensions: the halo. ``item_slopes``
        share that of items.
    thresholds : list, (K - 1,), or {dimension: list}, optional
        Increasing. Default: all answers about equally frequent at the reference levels. Of a slider: its two
        cutpoints c_0 and c_1, by default -2.5 and 2.5.
    intercept : float or {dimension: float}
        Mean rating at the reference levels (gaussian), or linear predictor of a slider there.
    precision : float or {dimension: float}
        phi of the beta distribution of a slider: the larger, the less ratings between the ends vary.
    scale : scale description, optional
        As for ``Ratings``; with ``family="gaussian"`` it is always "continuous". Default: (1, 5), of a slider
        ("continuous", 0, 100).
    family : {"cumulative", "gaussian", "ordered_beta"}
        As for ``fit``: answers on a scale, numbers, or a slider with piles at both ends.
    link : {"probit", "logit"}
        Distribution F of the answer given eta; that of a slider is logit, and the gaussian family ignores it.
    seed : int
        The same seed gives the same ratings.

    Returns
    -------
    Ratings
        ``simulated=True``; ``truth`` holds the parameters and the effects drawn.

    Raises
    ------
    ConfigError
        When an argument cannot be meant.

    Examples
    --------
    >>> ratings = simulate(n_raters=20, n_items=10, ratings_per_rater=5, seed=2)
    >>> ratings
    Ratings: 100 ratings of 10 items by 20 raters, scale 1-5 (SIMULATED DATA)
      gender  female (reference), male
    >>> ratings.truth.coefficients["parameter"].tolist()
    ['gender[male]']
    """
    sizes = {"n_raters": n_raters, "n_items": n_items, "n_questions": n_questions}
    given, sd_parts = {"disc": disc, "stretch": stretch}, {"disc": sd_disc_rater, "stretch": sd_stretch_rater}
    parameters = {"effects": effects, "item_slopes": item_slopes, "sd_intersection": sd_intersection} | given
    dimensions = checked_design(sizes, ratings_per_rater, dimensions, demographics, parameters, seed)
    rng = np.random.default_rng(seed)
    names = dimensions or ("all",)
    asked_scale = answered_scale(family, link, scale, given | {f"sd_{part}_rater": sd for part, sd in sd_parts.items()})
    how = Manner(family, link, asked_scale, thresholds, intercept, precision, sd_residual)
    b = coefficients(_effects(effects, demographics), demographics, names)
    sds = standard_deviations({"rater": sd_rater, "item": sd_item, "question": sd_question}, names)
    asked = structure_asked(item_slopes, slope_correlation, sd_intersection, demographics, sds["item"], names)
    parts = parts_asked(given, sd_parts, demographics, how.scale, names)
    people = drawn_raters(n_raters, demographics, rng)
    met = drawn_events(n_raters, n_items, ratings_per_rater, n_questions, rng)
    sds = {term: sds[term] for term in met}
    halo = _correlations(rater_correlation, item_correlation, len(names))
    u = {term: _named(term, correlated_effects(sds[term], halo[term], sizes[f"n_{term}s"], rng)) for term in met}
    extra = drawn_structure(asked, people, met, u["item"], sds["item"], halo["item"], rng.spawn(1)[0])
    own = drawn_parts(parts, people, u["rater"].index, len(names), rng.spawn(1)[0]).met(met["rater"])
    eta = linear_predictor(people, b, len(names))[met["rater"]] + _summed(u, met) + extra.eta
    made = answered(how, eta, own.log_s, own.stretch, parts.noise, sds | asked.intersections, names, rng)
    b, sds = made.coefficients | b | parts.coefficients, sds | made.sds | asked.sds | parts.sds
    u, centres = u | extra.effects | own.effects, parts.centres(made.thresholds)
    truth = truth_of(family, made.link, made.thresholds, b, sds, u, asked.correlations, names, centres)
    return _ratings(people, met, made.rating, dimensions, how.scale, replace(truth, precisions=made.precisions))


def _effects(
    effects: Mapping[str, PerDimension] | None, demographics: Mapping[str, Mapping[str, float]]
) -> Mapping[str, PerDimension]:
    if effects is not None:
        return effects
    return _GENDER_EFFECT if demographics is _GENDER else {}


def _correlations(rater: float | np.ndarray, item: float | np.ndarray, n_dimensions: int) -> dict[str, np.ndarray]:
    of_items = correlation_matrix("item_correlation", item, n_dimensions)
    of_raters = correlation_matrix("rater_correlation", rater, n_dimensions)
    return {"rater": of_raters, "item": of_items, "question": of_items}


def _names(term: str, n: int) -> np.ndarray:
    width = len(str(n))
    return np.array([f"{term[0].upper()}{i:0{width}d}" for i in range(1, n + 1)])


def _named(term: str, effect: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(effect, index=_names(term, len(effect)))


def _summed(effects: Mapping[str, pd.DataFrame], met: Mapping[str, np.ndarray]) -> np.ndarray:
    """Effects of the groups met, (n_events, D)."""
    return np.sum([effects[term].to_numpy()[codes] for term, codes in met.items()], axis=0)


def _ratings(
    people: pd.DataFrame,
    met: Mapping[str, np.ndarray],
    rating: np.ndarray,
    dimensions: Sequence[str],
    answered: Scale,
    truth: Truth,
) -> Ratings:
    n_events, n_dimensions = rating.shape
    columns: dict[str, object] = {}
    for term, codes in met.items():
        names = truth.random_effects.query("term == @term")["group"].unique()
        columns[term] = pd.Categorical.from_codes(codes, categories=names).repeat(n_dimensions)
    if dimensions:
        columns["dimension"] = pd.Categorical.from_codes(np.tile(np.arange(n_dimensions), n_events), list(dimensions))
    if answered.is_continuous:
        columns["rating"] = rating.ravel()
    else:
        columns["rating"] = pd.Categorical.from_codes(rating.ravel(), categories=list(answered.labels))
    of_rater = people.iloc[met["rater"].repeat(n_dimensions)].reset_index(drop=True)
    table = pd.concat([pd.DataFrame(columns), of_rater], axis=1)
    return Ratings(
        table,
        answered,
        demographics=list(people.columns),
        reference={name: first for name in people if (first := people[name].cat.categories[0]) in set(people[name])},
        undisclosed="level",
        simulated=True,
        truth=truth,
    )
