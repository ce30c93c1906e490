"""The rows of a table of cohesion: estimates, intervals, tests, and sentences about what is missing."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from pluralstats.disagreement.cohesion.axes import Axis
from pluralstats.disagreement.cohesion.metrics import BASIC, with_association
from pluralstats.disagreement.cohesion.permutations import share_beyond, two_sided
from pluralstats.disagreement.counting.pairs import Crossed
from pluralstats.disagreement.counting.resampling import FEWEST, centred
from pluralstats.inference.diagnosis.ratios import near_zero

IN_GROUP, CROSS_GROUP, ASSOCIATION = "in_group", "cross_group", "association"
PAIRS = {
    "reliability": ("irr", "xrr", "gai_reliability"),
    "voting": ("plurality_size", "voting_agreement", "gai_voting"),
    "distribution": ("negentropy", "cross_negentropy", "gai_distribution"),
}
_NAMES = (*BASIC, *(names[2] for names in PAIRS.values()))  # the order of with_association
_ALPHAS = ("irr", "xrr", "voting_agreement")  # over several items only; 0 / 0 when all answers are equal
_OF_SHARES = ("plurality_size", "negentropy", "voting_agreement", "cross_negentropy")  # copies of a rater move them


class Size(NamedTuple):
    """How much there is to compare: raters in and outside the group, its ratings, and items of each kind of metric.

    ``workload`` is a sentence when permuted groups have other numbers of ratings than this one, otherwise empty.
    """

    n_raters: int
    n_rest: int
    n_ratings: int
    items: dict[str, int]
    workload: str


class Draws(NamedTuple):
    """All nine metrics of one axis: estimates (L, 9), bootstrap replicates (R, L, 9), permutations (N, L, 9)."""

    estimates: np.ndarray
    replicates: np.ndarray
    permutations: np.ndarray


def sizes(table: Crossed, axis: Axis) -> list[Size]:
    """The size of each group of the axis."""
    n_items, n_levels = table.n_items, len(axis.levels)
    item, level = np.repeat(np.arange(n_items), np.diff(table.first)), axis.level[table.rater]
    counts = np.bincount(item * n_levels + level, minlength=n_items * n_levels).reshape(n_items, n_levels)
    rest = counts.sum(axis=1, keepdims=True) - counts
    is_kind = {
        IN_GROUP: counts >= 2,
        CROSS_GROUP: (counts >= 1) & (rest >= 1),
        ASSOCIATION: (counts >= 2) & (rest >= 1),
    }
    n_raters = np.bincount(axis.level, minlength=n_levels)
    return [
        Size(
            n_raters=int(n_raters[g]),
            n_rest=int(n_raters.sum() - n_raters[g]),
            n_ratings=int(counts[:, g].sum()),
            items={kind: int(mask[:, g].sum()) for kind, mask in is_kind.items()},
            workload=_workload(np.bincount(table.rater), axis.level == g),
        )
        for g in range(n_levels)
    ]


def _workload(n_ratings: np.ndarray, members: np.ndarray) -> str:
    """A sentence when raters of the group gave clearly more or fewer ratings each than all raters did.

    Shares within an item are the more even the more ratings they rest on, so a metric of shares then differs from that
    of permuted groups without any association.
    """
    n, N, mean = members.sum(), len(members), n_ratings.mean()
    sd_of_mean = math.sqrt(n_ratings.var() / n * (N - n) / max(N - 1, 1))  # drawn without replacement
    own = n_ratings[members].mean()
    if abs(own - mean) <= max(2.0 * sd_of_mean, 0.1 * mean):
        return ""
    return (
        f"Raters of the group gave {own:.1f} ratings each, all raters {mean:.1f}: permuted groups have other numbers "
        f"of ratings an item, which alone moves this metric."
    )


def draws_of(
    basic: np.ndarray, replicates: np.ndarray, permutations: np.ndarray, found: list[Size], n_answers: int
) -> Draws:
    """Estimates without those that a single item cannot give, replicates about the estimates, ratios of everything."""
    basic, replicates = basic.copy(), replicates.copy()
    for g, size in enumerate(found):
        for name in _ALPHAS:
            if size.items[IN_GROUP if name == "irr" else CROSS_GROUP] == 1:
                basic[g, BASIC.index(name)] = math.nan
        for name in _OF_SHARES:
            j = BASIC.index(name)
            if np.isfinite(replicates[:, g, j]).any():
                replicates[:, g, j] = np.clip(centred(replicates[:, g, j], basic[g, j]), *_range(name, n_answers))
    return Draws(
        _known_ratios(with_association(basic), replicates, permutations),
        with_association(replicates),
        with_association(permutations),
    )


def _known_ratios(estimates: np.ndarray, replicates: np.ndarray, permutations: np.ndarray) -> np.ndarray:
    """Estimates (L, 9) without the ratios whose denominator may be near 0."""
    for g, estimate in enumerate(estimates):
        for pair in range(len(PAIRS)):
            if _no_ratio(pair, float(estimate[3 + pair]), replicates[:, g], permutations[:, g]):
                estimate[6 + pair] = math.nan
    return estimates


def _no_ratio(pair: int, across: float, replicates: np.ndarray, permutations: np.ndarray) -> str:
    """Why a pair has no ratio, from C_X and its draws of one group (R, 6 or 9); empty where it has one."""
    return near_zero("C_X", across, bootstrap=replicates[:, 3 + pair], permutations=permutations[:, 3 + pair])


def _range(name: str, n_answers: int) -> tuple[float, float]:
    """The values that a metric of shares can take; moved replicates must stay among them."""
    most = math.log(n_answers)
    return {
        "plurality_size": (1.0 / n_answers, 1.0),
        "voting_agreement": (-1.0, 1.0),
        "negentropy": (0.0, most),
        "cross_negentropy": (-math.inf, most),
    }[name]


def rows(axis: Axis, found: list[Size], draws: Draws, prob: float) -> Iterator[dict]:
    """Nine rows for each group, in the order of ``PAIRS``."""
    for g, (level, size) in enumerate(zip(axis.levels, found, strict=True)):
        own = Draws(draws.estimates[g], draws.replicates[:, g], draws.permutations[:, g])
        for pair, names in enumerate(PAIRS.values()):
            for name, kind in zip(names, (IN_GROUP, CROSS_GROUP, ASSOCIATION), strict=True):
                first = {"demographic": axis.name, "level": level, "pair": tuple(PAIRS)[pair], "metric": name}
                yield first | {"kind": kind} | _row(own, pair, name, kind, size, prob)


def _row(own: Draws, pair: int, name: str, kind: str, size: Size, prob: float) -> dict[str, Any]:
    """One metric of one group; ``own`` are its estimates (9,) and draws (R, 9), (N, 9)."""
    j, across = _NAMES.index(name), float(own.estimates[3 + pair])
    estimate = float(own.estimates[j])
    no_ratio = _no_ratio(pair, across, own.replicates, own.permutations) if kind == ASSOCIATION else ""
    row: dict[str, Any] = {"estimate": estimate} | _uncertainty(kind, estimate, own.replicates[:, j], size, prob)
    row |= permutation_test(estimate, own.permutations[:, j], prob)
    row |= {"n_raters": size.n_raters, "n_items": size.items[kind], "n_ratings": size.n_ratings}
    doubts = [str(row["note"]), str(row.pop("test_note"))]
    if name not in PAIRS["reliability"] and not math.isnan(row["p"]):
        doubts.append(size.workload)
    return row | {"note": why_missing(name, kind, estimate, no_ratio, size) or " ".join(filter(None, doubts))}


def why_missing(name: str, kind: str, estimate: float, no_ratio: str, size: Size) -> str:
    """A sentence when the metric has no value, otherwise nothing; ``no_ratio`` is what :func:`.near_zero` says."""
    if not math.isnan(estimate):
        return ""
    if kind != IN_GROUP and not size.n_rest:
        return "All raters are in this group; a comparison needs raters outside it."
    if kind != CROSS_GROUP and not size.items[IN_GROUP]:
        return f"In-group cohesion needs an item with 2 ratings of the group; found none ({_counted(size)})."
    if not size.items[kind]:
        return f"A comparison needs an item rated by the group and by others; found none ({_counted(size)})."
    if kind == ASSOCIATION:
        return no_ratio or "C_I / C_X is undefined because C_I or C_X is."
    if size.items[kind] == 1:
        return f"{name} compares ratings of one item with those of others: it needs 2 items, found 1."
    return f"All answers that {name} compares are equal, so it is undefined (0 / 0)."


def _counted(size: Size) -> str:
    raters = "1 rater" if size.n_raters == 1 else f"{size.n_raters} raters"
    return f"{raters}, {size.n_ratings} rating{'s' * (size.n_ratings != 1)}"


def _uncertainty(kind: str, estimate: float, values: np.ndarray, size: Size, prob: float) -> dict[str, float | str]:
    """lower, upper and note of the bootstrap interval."""
    nothing: dict[str, float | str] = {"lower": math.nan, "upper": math.nan}
    if not len(values) or math.isnan(estimate):
        return nothing | {"note": ""}
    fewest = size.n_raters if kind == IN_GROUP else min(size.n_raters, size.n_rest)
    if fewest < FEWEST:
        where = "the group" if fewest == size.n_raters else "the rest"
        return nothing | {"note": f"An interval needs {FEWEST} raters in {where}; found {fewest}."}
    if size.items[kind] < FEWEST:
        return nothing | {"note": f"An interval needs {FEWEST} such items; found {size.items[kind]}."}
    n_undefined = int(np.isnan(values).sum())
    note = f"{n_undefined} of {len(values)} bootstrap replicates were undefined." if n_undefined else ""
    if 2 * n_undefined > len(values):
        return nothing | {"note": note}
    lower, upper = quantiles(values, (1 - prob) / 2, (1 + prob) / 2)
    return {"lower": lower, "upper": upper, "note": note}


def quantiles(values: np.ndarray, *probs: float) -> tuple[float, ...]:
    """Quantiles of the defined values, each one of them.

    >>> quantiles(np.array([1.0, 2.0, 7.0, np.nan]), 0.5, 0.9)
    (2.0, 7.0)
    """
    ordered = np.sort(values[~np.isnan(values)])
    position = np.ceil(np.array(probs) * len(ordered) - 1e-9).astype(int) - 1  # 0.025 x 1,000 is not quite 25
    return tuple(ordered[np.maximum(position, 0)].tolist())


def permutation_test(estimate: float, values: np.ndarray, prob: float) -> dict[str, Any]:
    """Null median, null interval and p of the permutation test, and how many permutations they count.

    >>> permutation_test(3.0, np.array([1.0, 2.0, np.nan, 4.0]), 0.5)["n_permutations"]
    3
    """
    known = values[~np.isnan(values)]
    found: dict[str, Any] = dict.fromkeys(("null_median", "null_lower", "null_upper"), math.nan)
    found |= {"p": math.nan, "p_two_sided": math.nan, "n_permutations": 0, "test_note": ""}
    if math.isnan(estimate) or not len(values):
        return found
    if 2 * len(known) < len(values):
        return found | {"test_note": f"{len(values) - len(known)} of {len(values)} permutations were undefined."}
    if (known == estimate).all():
        return found | {"test_note": "No permutation changes the value, so there is nothing to test."}
    shown = quantiles(known, 0.5, (1 - prob) / 2, (1 + prob) / 2)
    found |= dict(zip(("null_median", "null_lower", "null_upper"), shown, strict=True))
    found["n_permutations"] = len(known)
    if len(known) < len(values):
        found["test_note"] = f"{len(values) - len(known)} of {len(values)} permutations were undefined."
    return found | {"p": share_beyond(estimate, known), "p_two_sided": two_sided(estimate, known)}
