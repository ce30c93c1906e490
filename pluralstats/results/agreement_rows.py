"""Agreement within a group, across groups and their ratio, from the covariances of a fit (METHODS section 11)."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from pluralstats.fits.fitted import Fit
from pluralstats.inference.diagnosis.ratios import near_zero
from pluralstats.results.cohesion.covariances import Covariances, rating_correlations
from pluralstats.results.cohesion.rows import REST

IN_GROUP, CROSS_GROUP, ASSOCIATION = "in_group", "cross_group", "association"


class Agreement(NamedTuple):
    """Draws (S,) of two new raters of the level, and of one of the level and one of the other."""

    level: str
    other: str
    scale: str
    inside: np.ndarray
    across: np.ndarray


def agreements(fit: Fit, found: Covariances) -> Iterator[Agreement]:
    """Every level against the rest, then against every other level, on each scale."""
    scales = {"latent": (found.shared, found.total)} if fit.family != "gaussian" else {}
    scales["ratings"] = rating_correlations(fit, found) if fit.family != "gaussian" else (found.shared, found.total)
    for scale, (shared, total) in scales.items():
        for a, level in enumerate(found.levels):
            inside = shared[:, a, a] / total[:, a]
            others = [b for b in range(len(found.levels)) if b != a]
            groups = [(REST, others)] if others else []
            groups += [(found.levels[b], [b]) for b in others] if len(others) > 1 else []
            for name, members in groups:
                share = found.share[members] / found.share[members].sum()
                across = shared[:, a, members] @ share / np.sqrt(total[:, a] * (total[:, members] @ share))
                yield Agreement(level, name, scale, inside, across)


def agreement_rows(pair: Agreement, prob: float) -> Iterator[dict[str, Any]]:
    """In-group (once, before the rest), cross-group and ratio of two groups on one scale."""
    names: dict[str, Any] = {"level": pair.level, "scale": pair.scale, "p_above": math.nan, "note": ""}
    if pair.other == REST:
        yield names | {"other": pair.level, "kind": IN_GROUP} | _numbers(pair.inside, prob)
    names |= {"other": pair.other}
    yield names | {"kind": CROSS_GROUP} | _numbers(pair.across, prob)
    note = near_zero("the cross-group agreement", float(np.median(pair.across)), posterior=pair.across)
    if note:
        yield names | {"kind": ASSOCIATION, "note": note} | dict.fromkeys(("estimate", "lower", "upper"), math.nan)
        return
    ratio = pair.inside / np.where(pair.across > 0.0, pair.across, np.nan)
    ratio = ratio[~(pair.across <= 0.0)]  # fewer than one in forty
    above = float(np.mean(ratio > 1.0)) if np.isfinite(ratio).all() else math.nan
    yield names | {"kind": ASSOCIATION, "p_above": above} | _numbers(ratio, prob)


def _numbers(draws: np.ndarray, prob: float) -> dict[str, float]:
    if not np.isfinite(draws).all():  # a fit without numbers, as of ratings that are all equal
        return dict.fromkeys(("estimate", "lower", "upper"), math.nan)
    lower, middle, upper = np.quantile(draws, [0.5 - prob / 2.0, 0.5, 0.5 + prob / 2.0])
    return {"estimate": float(middle), "lower": float(lower), "upper": float(upper)}
