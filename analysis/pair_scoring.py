"""Scores of probabilities that were given for preferences of held-out raters; used by pair_calibration.py.

Tables have a row for each pair and held-out rater: ``rater``, ``y`` (1, 0, or 1/2 for equal ratings), ``p: <method>``
and, for methods that give it, ``tie: <method>``, the probability of equal ratings.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

import pluralstats as ps

CLIPS = np.array([0.001, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45])
REFERENCE = "posterior"
EDGES = np.linspace(0.5, 1.0, 11)


def subsets(made: pd.DataFrame, by: list[str]) -> list[tuple[str, pd.DataFrame]]:
    groups = [(f"{name}: {level}", part) for name in by for level, part in made.groupby(name)]
    return [("all", made), *groups]


def losses(p: np.ndarray, y: np.ndarray, clip: float) -> tuple[np.ndarray, np.ndarray]:
    """Log-loss and Brier score of every pair; an outcome of 1/2 counts half as won and half as lost."""
    q = np.clip(p, clip, 1.0 - clip)
    return -(y * np.log(q) + (1.0 - y) * np.log1p(-q)), (q - y) ** 2


def scored(part: pd.DataFrame, subset: str, clip: float, replicates: int, seed: int) -> pd.DataFrame:
    """One row for each method and treatment of ties: scores, and differences to the posterior with intervals."""
    rows = []
    for ties in ("half", "left out", "given no tie"):
        used = part if ties == "half" else part[part["y"] != 0.5]
        used = given_no_tie(used) if ties == "given no tie" else used
        y, rater = used["y"].to_numpy(), pd.factorize(used["rater"])[0]
        methods = [name.removeprefix("p: ") for name in used if name.startswith("p: ")]
        found = {m: losses(used[f"p: {m}"].to_numpy(), y, clip) for m in methods}
        times = resampled(rater, replicates, seed)
        for m in methods:
            own = min(losses(used[f"p: {m}"].to_numpy(), y, other)[0].mean() for other in CLIPS)
            row = {"subset": subset, "ties": ties, "method": m, "n_pairs": len(used), "n_raters": rater.max() + 1}
            row |= {"log_loss": found[m][0].mean(), "brier": found[m][1].mean(), "own_clip": own}
            for i, score in enumerate(("log_loss", "brier")):
                row |= interval(found[m][i] - found[REFERENCE][i], rater, times, f"{score}_worse_by")
            row["rmse_to_truth"] = rmse(used, m) if ties == "half" else np.nan
            rows.append(row)
    return pd.DataFrame(rows)


def given_no_tie(used: pd.DataFrame) -> pd.DataFrame:
    """The pairs with P(a above b) / (1 - P(tie)) in place of p, for the methods that know P(tie)."""
    changed = {}
    for name in (column for column in used if column.startswith("tie: ")):
        p, tie = used[f"p: {name.removeprefix('tie: ')}"], used[name]
        sure = tie > 1.0 - 1e-9
        changed[f"p: {name.removeprefix('tie: ')}"] = np.where(
            sure, 0.5, (p - 0.5 * tie) / np.where(sure, 1.0, 1 - tie)
        )
    return used.assign(**changed)


def resampled(rater: np.ndarray, replicates: int, seed: int) -> np.ndarray:
    """(replicates, raters) how often each rater is drawn."""
    n = rater.max() + 1
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1.0 / n), size=replicates)


def interval(gap: np.ndarray, rater: np.ndarray, times: np.ndarray, name: str) -> Mapping[str, float]:
    """Mean difference to the posterior (above 0: worse) with the bootstrap interval over raters."""
    total, n = np.bincount(rater, gap), np.bincount(rater)
    lower, upper = np.quantile((times @ total) / (times @ n), [0.025, 0.975])
    return {name: gap.mean(), f"{name}_lower": lower, f"{name}_upper": upper}


def rmse(used: pd.DataFrame, method: str) -> float:
    """Distance of p to its true value, where that is known."""
    if "p: truth" not in used:
        return np.nan
    return float(np.sqrt(((used[f"p: {method}"] - used["p: truth"]) ** 2).mean()))


def calibration(made: pd.DataFrame) -> pd.DataFrame:
    """For each method and bin of p (the more probable side of a pair): mean p and the share of raters who agreed."""
    rows = []
    for name in (column for column in made if column.startswith("p: ") and column != "p: constant"):
        p, y = made[name].to_numpy(), made["y"].to_numpy()
        side, agreed = np.maximum(p, 1.0 - p), np.where(p < 0.5, 1.0 - y, y)
        at = np.clip(np.digitize(side, EDGES) - 1, 0, len(EDGES) - 2)
        for k in np.unique(at):
            inside = at == k
            row = {"method": name.removeprefix("p: "), "from": EDGES[k], "to": EDGES[k + 1], "n_pairs": inside.sum()}
            rows.append(row | {"p": side[inside].mean(), "agreed": agreed[inside].mean()})
    return pd.DataFrame(rows)


def smoothed_shares(
    train: ps.Ratings, items: list[str], m: float, first: np.ndarray, second: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """p and P(tie) of two independent raters: shares of each item with m more ratings spread as all ratings are."""
    table = pd.crosstab(train.frame["item"].astype(str), train.frame["rating"])
    counts = table.reindex(index=items, columns=range(train.scale.K), fill_value=0).to_numpy(float)
    overall = counts.sum(axis=0) / counts.sum()
    share = (counts + m * overall) / (counts.sum(axis=1, keepdims=True) + m)
    below = np.cumsum(share, axis=1)
    p = np.einsum("rk,rk->r", share[first], below[second] - 0.5 * share[second])
    return p, np.einsum("rk,rk->r", share[first], share[second])
