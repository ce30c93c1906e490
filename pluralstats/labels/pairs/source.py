"""What pairs are made from, as ``preference_pairs`` sees it, and what is asked of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, nearest, problems_error
from pluralstats.labels.pairs.posterior.model import RULES
from pluralstats.labels.pairs.responses import Candidates
from pluralstats.population.targets import Population

POSTERIOR = "posterior"


class Asked(NamedTuple):
    """The request behind pairs, checked."""

    utility: dict[str, float]
    rule: str
    policy: str
    by: str | Sequence[str] | None
    population: Population | None
    seed: int


class PairRows(NamedTuple):
    """Rows of one target: which ``pair``, ``p`` that its first response is preferred, ``sd``, raters, ``weight``."""

    pair: np.ndarray
    p: np.ndarray
    sd: np.ndarray
    n_raters: np.ndarray
    weight: np.ndarray


class Source(NamedTuple):
    """Fits, ratings or a table of labels: one record, made in the module of each.

    Attributes
    ----------
    policy : str
        How one label is made of many ratings; "posterior" for fits.
    items, answers : dict
        Dimension -> items that it has ratings or labels of; dimension -> answers of its scale, lowest first.
    rows : callable
        Of a request and its candidates: target -> the rows of its pairs.
    caveats : callable
        Of a request: what a user of the pairs must know, in sentences.
    facts : dict
        What the card says of where the pairs come from: formula, method, data_hash, licence.
    has_targets : bool
        Whether it brings its targets along, as a table of labels does.
    """

    policy: str
    items: Mapping[str, Sequence[str]]
    answers: Mapping[str, Sequence[str]]
    rows: Callable[[Asked, Candidates], dict[str, PairRows]]
    caveats: Callable[[Asked], Iterator[str]]
    facts: Mapping[str, str | None]
    has_targets: bool = False

    def rated_items(self, utility: Mapping[str, float]) -> list[str]:
        """Items that every dimension has ratings or labels of."""
        first, *others = (self.items[name] for name in utility)
        return [item for item in first if all(item in some for some in map(set, others))]


def chosen_policy(policy: str | None, known: Sequence[str], kind: str) -> str:
    """The policy, which a fit and a label table bring along and ratings do not.

    Raises
    ------
    ConfigError
        None was named and several are known, or another one than those.
    """
    if policy is None and len(known) == 1:
        return known[0]
    if policy is None or policy not in known:
        raise ConfigError(
            f"`policy` for pairs from {kind} is one of {', '.join(known)}; found {policy!r}."
            + nearest(str(policy), known)
        )
    return policy


def of_dimension(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of one dimension; all rows of a table that has one only, whatever it is called there."""
    if "dimension" not in table or table["dimension"].nunique() < 2:
        return table
    return table[table["dimension"] == name]


def rated_on(frame: pd.DataFrame, name: str) -> list[str]:
    """Items of one dimension, in the order of the table."""
    return list(of_dimension(frame, name)["item"].astype(str).unique())


def check_request(source: Source, rule: str, by: object, population: object) -> None:
    """Refuse what does not go together, all at once."""
    problems = []
    if rule not in RULES:
        problems.append(f"`rule` is one of {', '.join(RULES)}; found {rule!r}.{nearest(str(rule), RULES)}")
    if source.policy != POSTERIOR and population is not None:
        problems.append(
            f"policy='{source.policy}' counts ratings as they are; only a fit can be held against a `population`."
        )
    if source.has_targets and by is not None:
        problems.append("A table of labels has its targets already: leave out `by`.")
    if problems:
        raise problems_error(ConfigError, problems)
