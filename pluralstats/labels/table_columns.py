"""The columns of a label table, which posterior labels and baselines share."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, problems_error
from pluralstats.labels.distributions.draw_moments import entropies

RATERS = "all raters"  # the target of labels that are about no group or population
IDENTITY = ("item", "question", "dimension")
OF_LABELS = ("target", "policy", "expected", "expected_sd", "entropy", "disagreement", "ignorance")
OF_RATINGS = ("n_ratings", "n_raters", "weight", "pooled", "tie")
MERGES = ("majority", "median")  # policies with ties, which end when the tied answers are merged


class Distributions(NamedTuple):
    """Labels of n rows.

    ``p`` (n, K) probabilities, ``expected`` (n,) rating points, ``entropy`` (n,) nats; ``sd`` (n, K), ``expected_sd``,
    ``disagreement``, ``ignorance`` (n,) are missing for all that is no posterior; ``pooled, tie`` (n,) bool.
    """

    p: np.ndarray
    sd: np.ndarray
    expected: np.ndarray
    expected_sd: np.ndarray
    entropy: np.ndarray
    disagreement: np.ndarray
    ignorance: np.ndarray
    pooled: np.ndarray
    tie: np.ndarray


def without_posterior(
    p: np.ndarray, tie: np.ndarray, values: np.ndarray, pooled: np.ndarray, expected: np.ndarray | None = None
) -> Distributions:
    """Distributions (n, K) that come without draws; ``expected`` (n,) where it is not the mean of the ``values``."""
    unknown = np.full(len(p), np.nan)
    expected = p @ values if expected is None else expected
    return Distributions(p, np.full_like(p, np.nan), expected, unknown, entropies(p), unknown, unknown, pooled, tie)


def label_table(
    facts: pd.DataFrame,
    target: str,
    policy: str,
    answers: Sequence[str],
    found: Distributions,
    counts: pd.DataFrame,
    weight: np.ndarray | float,
) -> pd.DataFrame:
    """One table in the order of columns that ``label_distributions`` documents.

    Parameters
    ----------
    facts : data frame, (n, columns)
        What the rows are about: item, question, dimension, levels of demographics.
    answers : list of str, (K,)
    counts : data frame, (n, 2)
        ``n_ratings``, ``n_raters``.
    """
    columns = {name: facts[name].astype("str").array for name in facts}
    columns |= {"target": np.full(len(facts), target, object), "policy": np.full(len(facts), policy, object)}
    columns |= {f"p_{answer}": found.p[:, k] for k, answer in enumerate(answers)}
    columns |= {"expected": found.expected, "expected_sd": found.expected_sd}
    columns |= {f"sd_{answer}": found.sd[:, k] for k, answer in enumerate(answers)}
    columns |= {"entropy": found.entropy, "disagreement": found.disagreement, "ignorance": found.ignorance}
    columns |= {"n_ratings": counts["n_ratings"].to_numpy(), "n_raters": counts["n_raters"].to_numpy()}
    columns |= {"weight": np.broadcast_to(weight, len(facts)), "pooled": found.pooled, "tie": found.tie}
    return pd.DataFrame(columns).astype({"target": "str", "policy": "str"})


def merged_table(table: pd.DataFrame, old: Sequence[str], new: Sequence[str], code: np.ndarray) -> pd.DataFrame:
    """A label table on a coarser scale with values 1, 2 ..: probabilities summed; what needs draws is missing.

    Parameters
    ----------
    old, new : list of str
        Answers before and after.
    code : (K,) int
        The new answer of each old one.
    """
    p = np.zeros((len(table), len(new)))
    np.add.at(p.T, code, table[[f"p_{answer}" for answer in old]].to_numpy().T)
    tie = table["tie"].to_numpy() & table["policy"].isin(MERGES).to_numpy() & ((p > 0.0).sum(axis=1) > 1)
    found = without_posterior(p, tie, np.arange(1.0, len(new) + 1.0), table["pooled"].to_numpy())
    facts = table[list(table.columns[: table.columns.get_loc("target")])]
    made = label_table(facts, "", "", new, found, table[["n_ratings", "n_raters"]], table["weight"].to_numpy())
    return made.assign(target=table["target"].array, policy=table["policy"].array)


def taken_names(answers: Iterable[str], by: Iterable[str]) -> None:
    """Refuse a demographic that is called like a column of the table.

    Raises
    ------
    ConfigError
    """
    answers = list(answers)
    own = {
        *IDENTITY,
        *OF_LABELS,
        *OF_RATINGS,
        *(f"p_{answer}" for answer in answers),
        *(f"sd_{answer}" for answer in answers),
    }
    problems = [
        f"`by` has '{name}', and a label table has a column of its own called that. Rename it with "
        f'columns={{"{name}": "rater_{name}"}} in ps.Ratings.'
        for name in by
        if name in own
    ]
    if problems:
        raise problems_error(ConfigError, problems)


def group_counts(keys: np.ndarray, rater: np.ndarray, n: int) -> pd.DataFrame:
    """``n_ratings``, ``n_raters`` of n rows of a table, from the row (or -1) and the rater of every rating.

    >>> group_counts(np.array([0, 0, 0, -1]), np.array([5, 6, 6, 7]), 2).values.tolist()
    [[3, 2], [0, 0]]
    """
    inside = keys >= 0
    pairs = pd.DataFrame({"key": keys[inside], "rater": rater[inside]}).drop_duplicates()
    return pd.DataFrame(
        {
            "n_ratings": np.bincount(keys[inside], minlength=n),
            "n_raters": np.bincount(pairs["key"].to_numpy(), minlength=n),
        }
    )


def target_text(levels: dict[str, str], name: str) -> str:
    """Whom a label speaks for: the levels of a group, or the name of everybody.

    >>> target_text({"politics": "liberal", "gender": "female"}, "all raters"), target_text({}, "all raters")
    ('politics: liberal, gender: female', 'all raters')
    """
    return ", ".join(f"{name}: {level}" for name, level in levels.items()) or name
