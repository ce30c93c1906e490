"""A fit of several dimensions at once seen on one of them: what its model says of the ratings on that dimension.

Given the dimension, the columns ``gender[male]:dimension[harm]`` of a joint model are those of a model of that one
alone, and so are the effects of raters and items. Its draws are linear maps of those of the joint fit (``projection``).
What the joint fit learnt from the other dimensions stays in them.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, counted, listed, nearest
from pluralstats.fits.asking.joint import DIMENSION
from pluralstats.fits.scales.projection import Projection, constant, projected
from pluralstats.inference.posterior.samples import PartSamples, Samples
from pluralstats.inference.posterior.split import joined_samples
from pluralstats.model.building import Formulas, build_design
from pluralstats.model.design import Design, available_columns
from pluralstats.model.formula.parsing import ModelFormula, RandomTerm, expansion, parse_formula
from pluralstats.model.merging import positions
from pluralstats.model.priors import Priors, has_term

TO_COPY = ("estimate", "se", "sd", "lower", "upper")


class OneDimension(NamedTuple):
    """What of a joint fit is about one dimension.

    ``samples`` those of ``design.whole``; ``flat`` (p,), ``flat_terms`` (T,) what of it the data leave open; ``same``
    what parameters are called in the joint fit, ``same_terms`` random terms, where they are the same numbers there.
    """

    ratings: Ratings
    design: Design
    samples: Samples
    flat: np.ndarray
    flat_terms: np.ndarray
    same: dict[str, str]
    same_terms: dict[str, str]

    def parameters(self, drawn: pd.DataFrame, joint: pd.DataFrame) -> pd.DataFrame:
        """The table of parameters from draws, with the numbers of the joint fit's where they are the same."""
        return _copied(drawn, drawn["parameter"].map(self.same), joint.set_index("parameter"))

    def effects(self, drawn: pd.DataFrame, joint: pd.DataFrame) -> pd.DataFrame:
        """The same of the table of random effects."""
        key = pd.MultiIndex.from_arrays([drawn["term"].map(self.same_terms), drawn["group"]])
        return _copied(drawn, key, joint.set_index(["term", "group"]))


def seen_on_dimension(
    ratings: Ratings, design: Design, samples: Samples, flat: Mapping[str, tuple[np.ndarray, np.ndarray]], name: str
) -> OneDimension:
    """The parts of a joint fit on the dimension ``name``.

    Parameters
    ----------
    samples : those of eta, of submodels apart
    flat : of eta ("") and every submodel the coefficients (p,) and groupings (T,) that the data leave open

    Raises
    ------
    ConfigError
        No such dimension, a fit of one, thresholds that dimensions share, or random terms that are about dimensions.
    """
    _refuse_others(ratings, design, name)
    of_rows = np.flatnonzero((ratings.frame[DIMENSION] == name).to_numpy())
    own = ratings.select(dimension=name)
    single = build_design(own, formulas_of_one(own, design), design.family.name, design.link)
    where = np.empty(len(ratings.frame), np.int64)
    where[design.rows] = np.arange(design.n)
    behind = where[of_rows[single.rows]]
    of_eta = PartSamples(samples.coefficient, samples.sd, samples.effects, samples.correlation)
    made = {"": projected(design, single, behind, of_eta, flat[""])}
    for joint in design.parts:
        at, part = samples.parts[joint.name], single.part(joint.name)
        if part is None:
            made[joint.name] = constant(joint.design, behind[0], at)
        else:
            made[joint.name] = projected(joint.design, part.design, behind, at, flat[joint.name])
    groups = design.thresholds
    apart = _taken_up(made, samples.threshold[:, groups.of_group(groups.names.index(name))], single)
    flat_ones, flat_terms = np.concatenate([one.flat for one in made.values()]), _in_order(made, single)
    whole = joined_samples(apart, single)
    return OneDimension(own, single, whole, flat_ones, flat_terms, *_names(made, single, name))


def priors_of_one(priors: Priors | None, name: str, design: Design) -> Priors | None:
    """The priors of a joint fit for one dimension: scales of single terms under the names that they have there."""
    if priors is None or not priors.terms:
        return priors
    plain = {plain_name(term, name): scale for term, scale in priors.terms.items()}
    return replace(priors, terms={term: scale for term, scale in plain.items() if has_term(design, term)})


def plain_name(term: str, dimension: str) -> str:
    """What a term of a joint model is called on one dimension.

    >>> [plain_name(term, "hate") for term in ("gender:dimension", "sd(dimension[hate] | rater)", "sd(disc: rater)")]
    ['gender', 'sd(rater)', 'sd(disc: rater)']
    """
    level = f"{DIMENSION}[{dimension}]"
    for old, new in ((f"{level} | ", ""), (f"{level}:", ""), (f":{level}", "")):
        term = term.replace(old, new)
    return term.removesuffix(f":{DIMENSION}")


def formulas_of_one(ratings: Ratings, joint: Design) -> Formulas:
    """The formulas of a joint model for ratings on one dimension: without the column, and without what is left double.

    Examples
    --------
    >>> import pluralstats as ps
    >>> both = ps.simulate(n_raters=20, n_items=10, ratings_per_rater=5, dimensions=["hate", "harm"], seed=1)
    >>> fit = ps.fit(both, method="laplace", on_problem="ignore")
    >>> fit.formula
    'rating ~ dimension:(gender) + (0 + dimension | item) + (0 + dimension | rater)'
    >>> str(formulas_of_one(both.select("harm"), fit.design).location)
    'rating ~ gender + (1 | item) + (1 | rater)'
    """
    known = available_columns(ratings)
    parts = {part.name: _of_one(part.design.formula, known) for part in joint.parts}
    kept = {name: formula for name, formula in parts.items() if formula.columns or formula.random}
    return Formulas(_of_one(joint.formula, known), kept)


def _of_one(formula: ModelFormula, known: tuple[str, ...]) -> ModelFormula:
    """A formula without the dimension; random terms with the same factors become one."""
    slopes: dict[tuple[str, ...], dict[str, None]] = {}
    correlated: dict[tuple[str, ...], bool] = {}
    for term in formula.random:
        factors = tuple(name for name in term.factors if name != DIMENSION)
        columns = _without_dimension(term.slopes)
        slopes.setdefault(factors, {}).update(dict.fromkeys(columns))
        correlated[factors] = correlated.get(factors, False) or term.correlated
    random = [
        str(RandomTerm(factors, " + ".join(["1" if "1" in of else "0", *(one for one in of if one != "1")]), (), both))
        for (factors, of), both in zip(slopes.items(), correlated.values(), strict=True)
    ]
    texts = [text for text in _without_dimension(formula.fixed) if text != "1"]
    return parse_formula(" + ".join([f"rating ~ {' + '.join(texts) or '1'}", *random]), known)


def _without_dimension(text: str) -> list[str]:
    """The terms of a fixed part or of slopes, each once; "1" for the intercept or what the dimension was alone in."""
    of = expansion(text)
    left = [":".join(factor.written for factor in term if factor.column != DIMENSION) or "1" for term in of.terms]
    return list(dict.fromkeys([*(["1"] if of.intercept else []), *left]))


def _taken_up(made: dict[str, Projection], tau: np.ndarray, single: Design) -> Samples:
    """Draws of all submodels on one dimension, with what its rows have in common taken up by thresholds and units.

    P(y <= k) = F((c + e^(a0 + a) (tau - c) - shift - eta) / (s0 s)) is one of other thresholds.
    """
    nothing, eta = np.zeros((len(tau), 1)), made[""].draws
    a0, log_s0 = (made[name].shift[:, None] if name in made else nothing for name in ("stretch", "disc"))
    centre, unit = tau.mean(axis=1, keepdims=True), np.exp(-log_s0)
    tau = unit * (centre + np.exp(a0) * (tau - centre) - made[""].shift[:, None])
    effects = tuple(one * unit.astype(one.dtype) for one in eta.effects) if log_s0.any() else eta.effects
    parts = {part.name: made[part.name].draws for part in single.parts}
    return Samples(tau, unit * eta.coefficient, unit * eta.sd, None, effects, eta.correlation, parts)


def _in_order(made: dict[str, Projection], single: Design) -> np.ndarray:
    """(T,) groupings of all submodels that the data leave open, in the order of ``Design.whole``."""
    how = single.whole.together
    if how is None:
        return made[""].flat_terms
    out = np.zeros(len(single.whole.groupings), bool)
    for one, at in zip([made[""], *(made[part.name] for part in single.parts)], positions(how), strict=True):
        out[at] = one.flat_terms
    return out


def _names(made: dict[str, Projection], single: Design, name: str) -> tuple[dict[str, str], dict[str, str]]:
    """What parameters and random terms are called in the joint fit, where they are the same numbers."""
    if any(one.shift.any() for one in made.values()):
        return {}, {}
    same = {own: f"{name}: {own}" for own in ["Intercept", *single.boundaries]}
    terms: dict[str, str] = {}
    for part, one in made.items():
        prefix = f"{part}: " if part else ""
        same |= {prefix + own: prefix + there for own, there in one.same.items()}
        terms |= {prefix + own: prefix + there for own, there in one.same_terms.items()}
    return same | {f"sd({own})": f"sd({there})" for own, there in terms.items()}, terms


def _copied(drawn: pd.DataFrame, names: pd.Series | pd.MultiIndex, joint: pd.DataFrame) -> pd.DataFrame:
    there = joint.index.get_indexer(pd.Index(names))
    found, out = there >= 0, drawn[[name for name in drawn if name in (*joint, *joint.index.names)]].copy()
    for column in (name for name in TO_COPY if name in drawn):
        out.loc[found, column] = joint[column].to_numpy()[there[found]]
    return out


def _refuse_others(ratings: Ratings, design: Design, name: str) -> None:
    names = ratings.dimensions
    if len(names) < 2 or design.thresholds.column != DIMENSION:
        by = design.thresholds.column
        thresholds = "one set of thresholds" if by is None else f"those by {by}"
        raise ConfigError(
            "`on_dimension` takes one dimension out of a fit of several that has thresholds by dimension; found "
            f"{counted(max(len(names), 1), 'dimension')} and {thresholds}."
        )
    if name not in names:
        raise ConfigError(f"The fit has the dimensions {listed(list(names))}; found {name!r}.{nearest(name, names)}")
    if design.with_smooths is not None:
        raise ConfigError(
            "`on_dimension` takes apart what is linear in columns; found a curve s(x) of all dimensions. Fit one "
            f"dimension at a time: ps.fit(ratings.select(dimension={name!r}))."
        )
    about = [str(term) for term in design.formula.random if set(term.factors) == {DIMENSION}]
    if about:
        raise ConfigError(
            f"`on_dimension` needs random terms about raters or items; found {listed(about)}, which compares "
            "dimensions. Thresholds by dimension say the same: leave it out."
        )
