"""``joint_gain``: what one model of several dimensions gains over a model of each."""

import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, expect, listed, problems_error
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.fits.fitting import FitWarning
from pluralstats.results.checks.leave_one_out import LeaveOneOut, error_of_sum, loo

ALL, JOINT = "all", "joint fit"
ADVICE = "Fit each: {name: ps.fit(ratings.select(dimension=name)) for name in ratings.dimensions}."
WIDTHS = {"sd of coefficients": "coefficient", "sd of item effects": "item", "sd of rater effects": "rater"}


def joint_gain(joint: Fit, separate: Mapping[str, Fit], *, draws: int | None = None) -> pd.DataFrame:
    """What a fit of several dimensions gains over a fit of each: in predictions, and in widths of intervals.

    By rater, log p of all answers of a rater nobody has seen, on all dimensions: in the joint fit they are probable
    together, since its correlations say that who is severe on one dimension is so on another; of the separate fits it
    is the sum of log p on each dimension, as if they were different people. By rating, log p of one more answer of a
    rater and item whose other answers are known: in the joint fit those on other dimensions help.

    Parameters
    ----------
    joint : Fit
        Of two or more dimensions.
    separate : mapping from dimension to Fit
        One fit of each, of the same ratings: ``ps.fit(ratings.select(dimension="harm"))``.
    draws : int, optional
        Draws used of each fit by ``ps.loo``. Default: all.

    Returns
    -------
    data frame
        ``measure, dimension, n, joint, separate, difference, se_difference, ratio, n_bad_k``. "elpd by rater" (all
        dimensions together) and "elpd by rating" (each dimension, and all): sums over n raters or ratings, their
        difference (positive: the joint fit predicts better), its standard error from the differences rater by rater or
        rating by rating, and ``n_bad_k``, raters or ratings whose Pareto k is too high in either. "sd of coefficients",
        "sd of item effects", "sd of rater effects": means of n posterior sds (standard errors), in units of the latent
        scale, and the mean ``ratio`` of joint to separate, below 1 where the joint fit knows more.
        ``attrs["problems"]`` has the sentences of ``ps.loo``.

    Raises
    ------
    ConfigError
        A joint fit of one dimension; dimensions without a fit; fits of other ratings, or of numbers.
    FitError
        A fit that cannot be used; see :func:`loo`.

    Warns
    -----
    FitWarning
        Raters or ratings whose Pareto k is too high.

    References
    ----------
    Vehtari, Gelman & Gabry (2017), Stat. Comput. 27, 1413-1432, section 5 (paired standard errors).

    Examples
    --------
    >>> import warnings
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=60, n_items=8, ratings_per_rater=6, dimensions=["hate", "harm"], seed=1)
    >>> options = {"method": "laplace", "draws": 200, "on_problem": "ignore"}
    >>> separate = {name: ps.fit(ratings.select(dimension=name), **options) for name in ratings.dimensions}
    >>> with warnings.catch_warnings(action="ignore"):  # of few draws by Laplace's method
    ...     table = joint_gain(ps.fit(ratings, **options), separate)
    >>> table["measure"].unique().tolist()[:3]
    ['elpd by rater', 'elpd by rating', 'sd of coefficients']
    """
    refuse_no_fit(joint, "joint_gain")
    _refuse_others(joint, separate)
    rows = _paired_rows(joint, separate)
    of_raters, of_ratings = (_left_out(joint, separate, by, draws) for by in ("rater", "rating"))
    table = pd.DataFrame([_raters(of_raters), *_ratings(of_ratings, rows), *_widths(joint, separate)])
    every = [(name, one) for of in (of_raters, of_ratings) for name, one in of.items()]
    table.attrs["problems"] = [f"'{name}': {text}" for name, one in every for text in one.problems]
    for name, one in every:
        if one.n_bad:
            warnings.warn(f"'{name}': {one.problems[0]}", FitWarning, stacklevel=2)
    return table


def _left_out(joint: Fit, separate: Mapping[str, Fit], by: str, draws: int | None) -> dict[str, LeaveOneOut]:
    """The result of the joint fit, named "joint fit", and that of each dimension."""
    return {name: loo(fit, by, draws=draws) for name, fit in {JOINT: joint, **separate}.items()}


def _raters(found: Mapping[str, LeaveOneOut]) -> dict[str, object]:
    """Raters whole: the joint elpd beside the sum over the dimensions that a rater has ratings on."""
    tables = {name: one.table.set_index("unit") for name, one in found.items()}
    joint = tables.pop(JOINT)
    apart = pd.concat([table["elpd"] for table in tables.values()]).groupby(level=0).sum().reindex(joint.index)
    shapes = pd.concat([_is_bad(one) for one in found.values()]).groupby(level=0).any()
    return _elpd("elpd by rater", ALL, joint["elpd"].to_numpy(), apart.to_numpy(), int(shapes.sum()))


def _ratings(
    found: Mapping[str, LeaveOneOut], rows: Mapping[str, tuple[np.ndarray, np.ndarray]]
) -> list[dict[str, object]]:
    """Single ratings, on each dimension and on all of them."""
    elpd = {name: one.table["elpd"].to_numpy() for name, one in found.items()}
    bad = {name: _is_bad(one).to_numpy() for name, one in found.items()}
    both = {name: (elpd[JOINT][here], elpd[name][there]) for name, (here, there) in rows.items()}
    n_bad = {name: int((bad[JOINT][here] | bad[name][there]).sum()) for name, (here, there) in rows.items()}
    out = [_elpd("elpd by rating", name, *pair, n_bad[name]) for name, pair in both.items()]
    together = [np.concatenate(side) for side in zip(*both.values(), strict=True)]
    return [*out, _elpd("elpd by rating", ALL, together[0], together[1], sum(n_bad.values()))]


def _is_bad(found: LeaveOneOut) -> pd.Series:
    table = found.table.set_index("unit")
    return ~(table["pareto_k"] <= found.threshold)


def _elpd(measure: str, dimension: str, joint: np.ndarray, separate: np.ndarray, n_bad: int) -> dict[str, object]:
    gain = joint - separate
    return {
        "measure": measure,
        "dimension": dimension,
        "n": gain.size,
        "joint": float(joint.sum()),
        "separate": float(separate.sum()),
        "difference": float(gain.sum()),
        "se_difference": error_of_sum(gain),
        "ratio": np.nan,
        "n_bad_k": n_bad,
    }


def _widths(joint: Fit, separate: Mapping[str, Fit]) -> list[dict[str, object]]:
    """Posterior sds of what both fits estimate, by what it is about and by dimension."""
    out: list[dict[str, object]] = []
    for measure, about in WIDTHS.items():
        for name, fit in separate.items():
            both = {"joint": _sds(joint, about, name), "separate": _sds(fit, about, "")}
            sds = pd.DataFrame(both).dropna()
            sds = sds[sds["separate"] > 0.0]
            if len(sds):
                ratio = float((sds["joint"] / sds["separate"]).mean())
                row = {"measure": measure, "dimension": name, "n": len(sds), **sds.mean().to_dict()}
                out.append(row | {"difference": np.nan, "se_difference": np.nan, "ratio": ratio, "n_bad_k": 0})
    return out


def _sds(fit: Fit, about: str, dimension: str) -> pd.Series:
    """Posterior sds by (name, group), named as in a fit of one dimension; of a joint fit those of one dimension."""
    if about == "coefficient":
        table = fit.parameters.loc[fit.parameters["kind"] == about, ["parameter", "se"]]
        names, group, sd = table["parameter"], [""] * len(table), table["se"]
    else:
        term = fit.random_effects["term"]
        table = fit.random_effects[(term == about) | term.str.endswith(f" | {about}")]
        names, group, sd = table["term"], table["group"].astype(str).tolist(), table["sd"]
    own = [_on_dimension(name, dimension) for name in names]
    kept = np.array([name is not None for name in own], bool)
    index = pd.MultiIndex.from_arrays([pd.Index(own)[kept], pd.Index(group)[kept]])
    return pd.Series(sd.to_numpy(float)[kept], index=index)


def _on_dimension(name: str, dimension: str) -> str | None:
    """The name without its dimension; None where it is about another one.

    >>> _on_dimension("gender[male]:dimension[harm]", "harm"), _on_dimension("dimension[harm] | rater", "harm")
    ('gender[male]', 'rater')
    """
    if not dimension:
        return name
    tag = f"dimension[{dimension}]"
    for piece in (f":{tag}", f"{tag}:", f"{tag} | "):
        if piece in name:
            return name.replace(piece, "", 1)
    return None


def _paired_rows(joint: Fit, separate: Mapping[str, Fit]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """By dimension, which rows of the joint fit's ratings are which of the other's."""
    out, problems = {}, []
    dimension = joint.ratings.frame["dimension"].astype(str).to_numpy()
    for name, fit in separate.items():
        rows = np.flatnonzero(dimension == name)
        here, there = _keys(joint.ratings).iloc[rows].reset_index(drop=True), _keys(fit.ratings)
        orders = [np.lexsort(frame.to_numpy(str).T) for frame in (here, there)]
        sides = [frame.to_numpy(str)[order] for frame, order in zip((here, there), orders, strict=True)]
        if sides[0].shape != sides[1].shape or (sides[0] != sides[1]).any():
            problems.append(
                f"The fit of '{name}' has other ratings ({len(there):,}) than the joint fit has on that dimension "
                f"({len(here):,}). Fit it to ratings.select(dimension='{name}')."
            )
        else:
            out[name] = (rows[orders[0]], orders[1])
    if problems:
        raise problems_error(ConfigError, problems)
    return out


def _keys(ratings: Ratings) -> pd.DataFrame:
    return ratings.frame[["rater", "item", "rating"]].astype(str)


def _refuse_others(joint: Fit, separate: object) -> None:
    expect(separate, Mapping, "`separate` of ps.joint_gain is a mapping from dimension to its fit", ADVICE)
    assert isinstance(separate, Mapping)
    names = joint.ratings.dimensions
    if len(names) < 2:
        raise ConfigError(
            f"`ps.joint_gain` needs a fit of two or more dimensions first; this one has {len(names)}. "
            "Fit ratings with a column `dimension`."
        )
    for fit in separate.values():
        refuse_no_fit(fit, "joint_gain")
    if missing := [name for name in names if name not in separate]:
        raise ConfigError(f"`separate` has no fit of the dimension {listed(missing)}. {ADVICE}")
    if unknown := [str(name) for name in separate if name not in names]:
        raise ConfigError(
            f"`separate` has fits of {listed(unknown)}, and the joint fit has the dimensions {listed(names)}."
        )
    numbers = [name for name, fit in {JOINT: joint, **separate}.items() if not fit.design.family.ordered]
    if numbers and len(numbers) <= len(separate):
        raise ConfigError(
            f"{listed(numbers)}: a model of numbers gives densities, which cannot be compared with probabilities of "
            "categories. Fit all with the same family."
        )
