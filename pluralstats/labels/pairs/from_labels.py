"""Pairs from a table of labels: of this package, or of somebody else in its columns."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError
from pluralstats.labels.label_sets import Labels
from pluralstats.labels.pairs.baselines import OF_NUMBERS, ItemLabels, label_probabilities, rows_of_pairs
from pluralstats.labels.pairs.from_ratings import of_two_raters
from pluralstats.labels.pairs.responses import Candidates
from pluralstats.labels.pairs.source import Asked, PairRows, Source, chosen_policy, of_dimension, rated_on
from pluralstats.labels.utilities import UNNAMED

COLUMNS = ("item", "target", "policy", "expected")


def source_of_labels(labels: Labels | pd.DataFrame, policy: str | None) -> Source:
    """The source that labels are, with or without their card."""
    if isinstance(labels, Labels):
        answers = dict(zip(labels.scale.labels, labels.scale.values, strict=True))
        return _source(labels.table, answers, labels.card, policy)
    return _source(labels, _numbers(labels), {}, policy)


def _source(table: pd.DataFrame, answers: dict[str, float], card: Mapping[str, Any], policy: str | None) -> Source:
    missing = [name for name in COLUMNS if name not in table]
    if missing or not len(table):
        raise ConfigError(
            f"A table of labels has the columns {', '.join(COLUMNS)} and p_<answer>; found "
            f"{', '.join(map(str, table.columns)) or 'none'}. For ratings pass ps.Ratings."
        )
    names = table["dimension"].astype(str).unique().tolist() if "dimension" in table else [UNNAMED]
    return Source(
        policy=chosen_policy(policy, _policies(table), "this table of labels"),
        items={name: rated_on(table, name) for name in names},
        answers={name: list(answers) for name in names},
        rows=partial(_rows, table, answers),
        caveats=partial(_caveats, card),
        facts={name: card.get(name) for name in ("formula", "method", "data_hash", "licence")},
        has_targets=True,
    )


def _policies(table: pd.DataFrame) -> tuple[str, ...]:
    known = tuple(table["policy"].astype(str).unique())
    if len(known) > 1:
        raise ConfigError(f"The table has labels of several policies ({', '.join(known)}). Pass those of one.")
    if known == ("all",):
        raise ConfigError("Labels of the policy 'all' do not say who rated both. Pass the Ratings, policy='all'.")
    return known


def _numbers(table: pd.DataFrame) -> dict[str, float]:
    """The answers of a label table and their numbers; answers without a number count 1, 2, 3 ..."""
    answers = [name.removeprefix("p_") for name in map(str, table.columns) if name.startswith("p_")]
    numbers = pd.to_numeric(pd.Series(answers, dtype=object), errors="coerce").to_numpy(float)
    values = numbers if np.isfinite(numbers).all() else np.arange(1.0, len(answers) + 1.0)
    return dict(zip(answers, values.tolist(), strict=True))


def _rows(
    table: pd.DataFrame, answers: Mapping[str, float], asked: Asked, candidates: Candidates
) -> dict[str, PairRows]:
    out = {}
    for target in table["target"].unique():
        rows = table[table["target"] == target]
        parts = [of_dimension(rows, name) for name in asked.utility]
        labels = [_labels(part, answers, candidates.items) for part in parts]
        p = label_probabilities(labels, list(asked.utility.values()), asked.policy, candidates)
        out[str(target)] = rows_of_pairs(p, _labelled_raters(parts[0], candidates))
    return out


def _labels(table: pd.DataFrame, answers: Mapping[str, float], items: Sequence[str]) -> ItemLabels:
    """Labels of one dimension and target from rows of a label table; ``answers`` -> points."""
    rows = table.set_index(table["item"].astype(str)).reindex(list(items))
    values = np.array(list(answers.values()))
    shares = rows[[f"p_{answer}" for answer in answers]].to_numpy(float)
    return ItemLabels(shares, values, rows["expected"].to_numpy(float))


def _labelled_raters(part: pd.DataFrame, candidates: Candidates) -> np.ndarray:
    """(R,) the larger of the two numbers of raters: a table of labels does not say who they were."""
    if "n_raters" not in part:
        return np.zeros(candidates.first.size, int)
    n = part.set_index(part["item"].astype(str))["n_raters"].reindex(candidates.items).fillna(0).to_numpy(int)
    return np.maximum(n[candidates.first], n[candidates.second])


def _caveats(card: Mapping[str, Any], asked: Asked) -> Iterator[str]:
    if asked.policy not in ("all", *OF_NUMBERS):
        yield from of_two_raters(asked)
    yield from card.get("caveats", ())
