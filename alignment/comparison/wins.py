"""``judged_wins``: how often an arm's answer is preferred to another's, with ties and both orders of showing."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

import pluralstats as ps

from ..tables.scores import refuse_missing_columns, rows_in_words
from .resampling import REPLICATES, check_numbers, ends, multiplicities, refuse, stream

COLUMNS = ("prompt_id", "first", "second", "winner")
POINTS = {"first": 1.0, "tie": 0.5, "second": 0.0}  # of the answer shown first
EVERYBODY, WORST = "all", "worst group"
RATE_COLUMNS = ("arm", "against", "group", "estimate", "lower", "upper", "tie_percent", "position_bias",
                "position_lower", "position_upper", "n_judgements", "n_prompts")  # fmt: skip


class WinRates(NamedTuple):
    """``table`` as ``judged_wins`` describes it, and ``problems``: finished sentences about what it cannot say."""

    table: pd.DataFrame
    problems: tuple[str, ...]


def judged_wins(
    judgements: pd.DataFrame,
    *,
    baseline: str = "base",
    by: str | None = None,
    prob: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = 1,
) -> WinRates:
    """Win rates of every arm against the base, in percent, corrected for the order in which answers are shown.

    A win counts 1, a tie 1/2. With W1 the mean over judgements in which the arm was shown first and W2 that in which it
    was shown second, the win rate is (W1 + W2) / 2 however often each order was judged, and the position bias
    (W1 - W2) / 2: how many percentage points an answer gains by being shown first. With one order only the two cannot
    be told apart: the rate is that of the order, the bias is missing, and ``problems`` says so.

    Parameters
    ----------
    judgements : data frame
        One row for each judgement: ``prompt_id``, ``first`` and ``second`` (the arms in the order shown), ``winner``
        ("first", "second" or "tie").
    baseline : str
        The arm that the others are compared with; judgements without it are left out.
    by : str, optional
        A column with the group that judged: rows for each, and for the worst group.
    prob, replicates, seed
        Of the intervals: bootstrap over prompts, all judgements of a prompt together.

    Returns
    -------
    WinRates
        ``table``: arm, against, group ("all", each group, "worst group"), estimate, lower, upper (percent, 0-100; 50 is
        no difference), tie_percent, position_bias, position_lower, position_upper (percentage points), n_judgements,
        n_prompts. The worst group is found anew in each replicate. The least of several noisy rates lies below the
        least true rate, the more so the smaller the groups.

    Raises
    ------
    DataError
        Missing columns, an unknown winner, an arm judged against itself.
    ConfigError
        A baseline that no judgement has, an unknown ``by``.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("q1", "dpo", "base", "first"), ("q1", "base", "dpo", "tie"), ("q2", "dpo", "base", "tie"),
    ...         ("q2", "base", "dpo", "first")]
    >>> table = judged_wins(pd.DataFrame(rows, columns=["prompt_id", "first", "second", "winner"])).table
    >>> table[["estimate", "position_bias"]].iloc[0].tolist()  # W1 = 3/4, W2 = 1/4
    [50.0, 25.0]
    """
    refuse(check_numbers(prob, replicates, seed))
    table = _checked(judgements, baseline, by)
    rows: list[dict[str, object]] = []
    problems: list[str] = []
    for arm in dict.fromkeys([*table["first"], *table["second"]]):
        if arm == baseline:
            continue
        part = table[(table["first"] == arm) | (table["second"] == arm)]
        rows += _rows(part, arm, baseline, (prob, replicates, seed))
        if part["first"].eq(arm).all() or part["second"].eq(arm).all():
            place = "first" if part["first"].eq(arm).all() else "second"
            problems.append(
                f"'{arm}' was always shown {place} against '{baseline}': its win rate holds the advantage of that "
                "place. Judge both orders."
            )
    return WinRates(pd.DataFrame(rows, columns=list(RATE_COLUMNS)), tuple(problems))


def _checked(judgements: pd.DataFrame, baseline: str, by: str | None) -> pd.DataFrame:
    refuse_missing_columns(judgements, [*COLUMNS, *([by] if by else [])], "A table of judgements")
    table = judgements.reset_index(drop=True)
    problems = []
    unknown = ~table["winner"].isin(list(POINTS))
    if unknown.any():
        found = ", ".join(dict.fromkeys(repr(value) for value in table.loc[unknown, "winner"]))
        problems.append(
            f"`winner` is 'first', 'second' or 'tie'; found {found} in {rows_in_words(unknown)}. Recode or drop them."
        )
    same = table["first"] == table["second"]
    if same.any():
        problems.append(f"`first` and `second` are the same arm in {rows_in_words(same)}. Drop these judgements.")
    if problems:
        raise ps.DataError("\n".join(problems))
    arms = list(dict.fromkeys(map(str, [*table["first"], *table["second"]])))
    if baseline not in arms:
        raise ps.ConfigError(f"`baseline` is one of the judged arms, {', '.join(arms) or 'none'}; found '{baseline}'.")
    table = table.astype({"first": str, "second": str})
    group = table[by].astype(str) if by else EVERYBODY
    table = table.assign(points=table["winner"].map(POINTS).astype(float), group=group)
    return table[(table["first"] == baseline) | (table["second"] == baseline)]


def _rows(part: pd.DataFrame, arm: str, baseline: str, options: tuple[float, int, int]) -> list[dict[str, object]]:
    """The rows of one arm: everybody, each group, the worst group."""
    prob, replicates, seed = options
    prompts = list(dict.fromkeys(part["prompt_id"]))
    counts = np.vstack([np.ones(len(prompts)), multiplicities(stream(seed, arm), len(prompts), replicates)])
    groups = list(dict.fromkeys(part["group"]))
    several = groups != [EVERYBODY]
    rows, rates = [], []
    for group in [EVERYBODY, *(groups if several else [])]:
        some = part if group == EVERYBODY else part[part["group"] == group]
        rate, bias = _rates(some, arm, prompts, counts)
        name = {"arm": arm, "against": baseline, "group": group}
        ties = 100.0 * float(some["winner"].eq("tie").mean())
        sizes = {"n_judgements": len(some), "n_prompts": some["prompt_id"].nunique()}
        spread = _summary(rate, prob) | {"tie_percent": ties} | _summary(bias, prob, "position_bias", "position_")
        rows.append(name | spread | sizes)
        rates += [rate] if group != EVERYBODY else []
    if several:
        worst = np.min(rates, axis=0)
        at = rows[1 + int(np.argmin([rate[0] for rate in rates]))]
        sizes = {key: at[key] for key in ("tie_percent", "n_judgements", "n_prompts")}
        rows.append({"arm": arm, "against": baseline, "group": WORST} | _summary(worst, prob) | sizes)
    return rows


def _rates(part: pd.DataFrame, arm: str, prompts: Sequence[str], counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(1 + replicates,) win rates and position biases in percent, the estimate first."""
    by_order = []
    for place, points in (("first", part["points"]), ("second", 1.0 - part["points"])):
        shown = (part[place] == arm).to_numpy()
        at = pd.Categorical(part.loc[shown, "prompt_id"], categories=prompts).codes
        total = np.bincount(at, weights=points.to_numpy()[shown], minlength=len(prompts))
        n = counts @ np.bincount(at, minlength=len(prompts))
        by_order.append(np.divide(counts @ total, n, out=np.full(len(counts), np.nan), where=n > 0))
    first, second = by_order
    both = np.isfinite(first) & np.isfinite(second)
    rate = np.where(both, (first + second) / 2.0, np.where(np.isfinite(first), first, second))
    return 100.0 * rate, 100.0 * (first - second) / 2.0


def _summary(draws: np.ndarray, prob: float, name: str = "estimate", prefix: str = "") -> dict[str, float]:
    kept = draws[1:][np.isfinite(draws[1:])]
    lower, upper = ends(kept, prob) if kept.size and np.isfinite(draws[0]) else (np.nan, np.nan)
    return {name: float(draws[0]), f"{prefix}lower": lower, f"{prefix}upper": upper}
