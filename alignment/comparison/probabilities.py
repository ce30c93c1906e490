"""How good probabilities of a preference are: accuracy, log-loss, Brier score and calibration, by group and policy."""

from typing import NamedTuple

import numpy as np
import pandas as pd

import pluralstats as ps

from ..tables.scores import refuse_missing_columns, rows_in_words
from .resampling import REPLICATES, check_numbers, ends, multiplicities, refuse, stream

METRICS = ("accuracy", "log_loss", "brier")
UNITS = {"accuracy": "percent", "log_loss": "nats", "brier": "squared probability"}
HIGHER_IS_BETTER = {"accuracy": True, "log_loss": False, "brier": False}
EVERYBODY, WORST = "all", "worst group"
NEAREST = 1e-3  # to 0 and 1: a probability of exactly 0 that comes true would cost infinitely much


class _Options(NamedTuple):
    """Of the cluster bootstrap, checked."""

    cluster: str
    prob: float
    replicates: int
    seed: int


def pair_accuracy(
    table: pd.DataFrame,
    *,
    cluster: str,
    by: str | None = None,
    against: str | None = None,
    clip: float = NEAREST,
    prob: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = 1,
) -> pd.DataFrame:
    """Accuracy, log-loss and Brier score of predicted preferences, overall, by group and in the worst group.

    With p the probability that the first response is preferred and y what a held-out rater said (1, 0, or 1/2 for a
    tie): accuracy is the share with y on p's side of 1/2 (a tie, or p = 1/2, counts half), log-loss the mean of
    -y ln p - (1 - y) ln(1 - p), Brier the mean of (p - y)^2.

    Parameters
    ----------
    table : data frame
        One row for each comparison: ``p``, ``outcome`` (0 to 1), the column ``cluster``; used where present ``weight``
        and ``policy`` (rows for each; the same comparisons should occur under all of them).
    cluster : str
        The column whose values are resampled whole: raters, prompts.
    by : str, optional
        A column of groups.
    against : str, optional
        A policy: rows ``difference`` hold each other policy less this one in the same replicates.
    clip : float
        Probabilities nearer than this to 0 or 1 are moved there before the log-loss, else it could be infinite.
    prob, replicates, seed
        Of the intervals.

    Returns
    -------
    data frame
        policy, group ("all", each, "worst group"), metric, unit, kind ("value" or "difference"), against ("" for a
        value), estimate, lower, upper, n, n_clusters, n_clipped. The worst group has the lowest accuracy or the highest
        loss, found anew in each replicate, which makes it look worse than the worst truth, the more so the smaller the
        groups.

    Raises
    ------
    DataError
        Missing columns, p or outcome outside 0-1, negative or missing weights.
    ConfigError
        An unknown policy in ``against``, a ``clip`` outside 0-0.5.

    Examples
    --------
    >>> import pandas as pd
    >>> pairs = pd.DataFrame({"p": [0.9, 0.6], "outcome": [1.0, 0.0], "rater": ["a", "b"]})
    >>> found = pair_accuracy(pairs, cluster="rater").set_index("metric")["estimate"]
    >>> float(found["accuracy"]), round(float(found["brier"]), 3)  # (0.1^2 + 0.6^2) / 2
    (50.0, 0.185)
    """
    refuse(check_numbers(prob, replicates, seed) + _clip_problem(clip))
    rows = _checked(table, cluster, by)
    policies = list(dict.fromkeys(rows["policy"]))
    if against is not None and against not in policies:
        raise ps.ConfigError(f"`against` is a policy of the table, {', '.join(policies)}; found '{against}'.")
    options = _Options(cluster, prob, replicates, seed)
    clusters = list(dict.fromkeys(rows[cluster]))
    counts = np.vstack([np.ones(len(clusters)), multiplicities(stream(seed, cluster), len(clusters), replicates)])
    losses = rows.assign(**_losses(rows, clip), clipped=~rows["p"].between(clip, 1.0 - clip))
    found = {policy: _draws(part, cluster, clusters, counts) for policy, part in losses.groupby("policy", sort=False)}
    made = [_rows(losses, policy, draws, "", options) for policy, draws in found.items()]
    if against is not None:
        made += [
            _rows(losses, policy, _less(draws, found[against]), against, options)
            for policy, draws in found.items()
            if policy != against
        ]
    return pd.DataFrame([row for part in made for row in part])


def pair_calibration(
    table: pd.DataFrame,
    *,
    cluster: str,
    bins: int = 5,
    prob: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = 1,
) -> pd.DataFrame:
    """Predicted probabilities against observed shares in bins of about equally many comparisons.

    Each comparison enters once from either side, (p, y) and (1 - p, 1 - y), because which response stands first means
    nothing; the lines are symmetric around 1/2.

    Parameters
    ----------
    table, cluster, prob, replicates, seed : as for ``pair_accuracy``
    bins : int
        Bins between 0 and 1; equal probabilities share a bin.

    Returns
    -------
    data frame
        policy, bin (1 ...), predicted (mean p), observed (mean outcome), lower, upper (cluster bootstrap), n.

    Raises
    ------
    DataError, ConfigError
        As ``pair_accuracy``; fewer than two bins.
    """
    problems = check_numbers(prob, replicates, seed)
    if not isinstance(bins, int) or bins < 2:
        problems.append(f"`bins` is a whole number of 2 or more; found {bins!r}.")
    refuse(problems)
    rows = _checked(table, cluster, None)
    turned = rows.assign(p=1.0 - rows["p"], outcome=1.0 - rows["outcome"])
    both = pd.concat([rows, turned], ignore_index=True)
    clusters = list(dict.fromkeys(rows[cluster]))
    counts = np.vstack([np.ones(len(clusters)), multiplicities(stream(seed, cluster), len(clusters), replicates)])
    made = []
    for policy, part in both.groupby("policy", sort=False):
        edges = np.unique(np.quantile(part["p"], np.arange(1, bins) / bins))  # an edge belongs to the bin below it
        place = np.unique(np.searchsorted(edges, part["p"], side="left"), return_inverse=True)[1] + 1
        for number, some in part.groupby(place):
            draws = _ratio(some, some["outcome"].to_numpy(), cluster, clusters, counts)
            lower, upper = _ends(draws, prob)
            predicted = float(np.average(some["p"], weights=some["weight"]))
            row = {"policy": policy, "bin": int(number), "predicted": predicted, "observed": float(draws[0])}
            made.append(row | {"lower": lower, "upper": upper, "n": len(some)})
    return pd.DataFrame(made)


def _clip_problem(clip: float) -> list[str]:
    return [] if 0.0 <= clip < 0.5 else [f"`clip` is a probability from 0 to below 0.5; found {clip!r}."]


def _checked(table: pd.DataFrame, cluster: str, by: str | None) -> pd.DataFrame:
    refuse_missing_columns(table, ["p", "outcome", cluster, *([by] if by else [])], "A table of predicted preferences")
    rows = table.reset_index(drop=True)
    if not len(rows):
        raise ps.DataError("The table of predicted preferences has no rows.")
    rows = rows if "weight" in rows else rows.assign(weight=1.0)
    rows = rows.assign(policy=rows["policy"].astype(str) if "policy" in rows else EVERYBODY)
    rows = rows.assign(**{cluster: rows[cluster].astype(str)}, group=rows[by].astype(str) if by else EVERYBODY)
    problems = []
    for name in ("p", "outcome"):
        bad = ~pd.to_numeric(rows[name], errors="coerce").between(0.0, 1.0)
        if bad.any():
            found = ", ".join(dict.fromkeys(map(str, rows.loc[bad, name].iloc[:5])))
            problems.append(f"`{name}` lies between 0 and 1; found {found} in {rows_in_words(bad)}.")
    bad = ~(pd.to_numeric(rows["weight"], errors="coerce") >= 0.0)
    if bad.any():
        problems.append(f"`weight` is a number of 0 or more; it is none in {rows_in_words(bad)}.")
    if problems:
        raise ps.DataError("\n".join(problems))
    return rows.astype({"p": float, "outcome": float, "weight": float})


def _losses(rows: pd.DataFrame, clip: float) -> dict[str, np.ndarray]:
    """(n,) what each comparison adds to each metric."""
    p, y = rows["p"].to_numpy(), rows["outcome"].to_numpy()
    inner = np.clip(p, clip, 1.0 - clip)
    side = np.sign(p - 0.5) * np.sign(y - 0.5)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_loss = -(np.where(y > 0, y * np.log(inner), 0.0) + np.where(y < 1, (1 - y) * np.log1p(-inner), 0.0))
    return {"accuracy": 50.0 * (1.0 + side), "log_loss": log_loss, "brier": (p - y) ** 2}


def _ratio(rows: pd.DataFrame, values: np.ndarray, cluster: str, clusters: list[str], counts: np.ndarray) -> np.ndarray:
    """(1 + replicates,) weighted means, clusters counting as often as they were drawn."""
    at, weight = pd.Categorical(rows[cluster], categories=clusters).codes, rows["weight"].to_numpy()
    total = counts @ np.bincount(at, weights=weight * values, minlength=len(clusters))
    n = counts @ np.bincount(at, weights=weight, minlength=len(clusters))
    return np.divide(total, n, out=np.full(len(counts), np.nan), where=n > 0)


def _draws(
    rows: pd.DataFrame, cluster: str, clusters: list[str], counts: np.ndarray
) -> dict[tuple[str, str], np.ndarray]:
    """Draws of each metric for everybody, each group and the worst, by (group, metric)."""
    groups = [name for name in dict.fromkeys(rows["group"]) if name != EVERYBODY]
    found = {}
    for metric in METRICS:
        for group in [EVERYBODY, *groups]:
            some = rows if group == EVERYBODY else rows[rows["group"] == group]
            found[group, metric] = _ratio(some, some[metric].to_numpy(), cluster, clusters, counts)
        if groups:
            each = np.array([found[group, metric] for group in groups])
            found[WORST, metric] = each.min(axis=0) if HIGHER_IS_BETTER[metric] else each.max(axis=0)
    return found


def _less(draws: dict[tuple[str, str], np.ndarray], other: dict[tuple[str, str], np.ndarray]) -> dict:
    return {key: values - other[key] for key, values in draws.items() if key in other}


def _rows(rows: pd.DataFrame, policy: str, draws: dict, against: str, options: _Options) -> list[dict[str, object]]:
    own = rows[rows["policy"] == policy]
    made = []
    for (group, metric), values in draws.items():
        some = own if group in (EVERYBODY, WORST) else own[own["group"] == group]
        lower, upper = _ends(values, options.prob)
        name = {"policy": policy, "group": group, "metric": metric, "unit": UNITS[metric]}
        name |= {"kind": "difference" if against else "value", "against": against}
        sizes = {"n": len(some), "n_clusters": some[options.cluster].nunique(), "n_clipped": int(some["clipped"].sum())}
        made.append(name | {"estimate": float(values[0]), "lower": lower, "upper": upper} | sizes)
    return made


def _ends(draws: np.ndarray, prob: float) -> tuple[float, float]:
    kept = draws[1:][np.isfinite(draws[1:])]
    return ends(kept, prob) if kept.size else (np.nan, np.nan)
