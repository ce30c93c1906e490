"""The card of preference pairs: how they were made, in plain values, and what a user of them must know."""

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.errors import counted
from pluralstats.labels.pairs.responses import Candidates
from pluralstats.labels.pairs.source import Asked, PairRows, Source
from pluralstats.labels.parts import divided_sentences, near_half

VERSIONS = ("pluralstats", "numpy", "scipy", "pandas", "numba")


def target_sentences(candidates: Candidates, rows: PairRows, part: pd.DataFrame, target: str) -> Iterator[str]:
    """What happened to the pairs of one target."""
    yield from divided_sentences(part, target)
    with_p = np.unique(rows.pair[np.isfinite(rows.p)]).size
    if with_p < candidates.first.size:
        yield f"{target}: {counted(candidates.first.size - with_p, 'pair')} without ratings by the target left out."


def pair_card(source: Source, asked: Asked, table: pd.DataFrame, caveats: Sequence[str]) -> dict[str, Any]:
    """How pairs were made, as plain values; the first of the caveats is their direction."""
    return {
        "kind": "pairs",
        "policy": asked.policy,
        "rule": asked.rule,
        "utility": asked.utility,
        "direction": caveats[0],
        "near_half": {str(name): near_half(part) for name, part in table.groupby("target", sort=False)},
        "formula": source.facts["formula"],
        "method": source.facts["method"],
        "population": {"source": "The raters, each once." if asked.population is None else asked.population.source},
        "by": [asked.by] if isinstance(asked.by, str) else list(asked.by or ()),
        "data_hash": source.facts["data_hash"],
        "caveats": list(dict.fromkeys(caveats)),
        "versions": {name: version(name) for name in VERSIONS},
        "seed": asked.seed,
    }
