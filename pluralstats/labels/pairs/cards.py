"""The card of preference pairs: how they were made, in plain values, and what a user of them must know."""

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import counted
from pluralstats.fits.fitted import Fit
from pluralstats.labels.caveats import absent_levels, has_item_effects, of_simulation
from pluralstats.labels.pairs.baselines import OF_NUMBERS, PairRows
from pluralstats.labels.pairs.responses import Candidates
from pluralstats.labels.pairs.sources import Asked, Source

VERSIONS = ("pluralstats", "numpy", "scipy", "pandas", "numba")
NEAR = 0.05  # of 1/2; people are then as good as divided


def target_sentences(candidates: Candidates, rows: PairRows, part: pd.DataFrame, target: str) -> Iterator[str]:
    """What happened to the pairs of one target."""
    ties = int((part["p"] == 0.5).sum())
    if ties:
        yield (
            f"{target}: {counted(ties, 'pair')} of {len(part):,} with p of exactly 1/2 (neither is preferred); the "
            "response first in the order of items stands as chosen. `min_margin` above 0 leaves them out."
        )
    near = near_half(part)
    if near > ties:
        yield (
            f"{target}: {counted(near, 'pair')} of {len(part):,} with p within {NEAR:g} of 1/2: people are as good as "
            f"divided there. `min_margin={NEAR:g}` leaves them out."
        )
    with_p = np.unique(rows.pair[np.isfinite(rows.p)]).size
    if with_p < candidates.first.size:
        yield f"{target}: {counted(candidates.first.size - with_p, 'pair')} without ratings by the target left out."


def near_half(part: pd.DataFrame) -> int:
    """Pairs whose p is at most NEAR from 1/2."""
    return int((np.abs(part["p"] - 0.5) <= NEAR + 1e-12).sum())


def caveats_of_pairs(source: Source, asked: Asked) -> Iterator[str]:
    """What a user of the pairs must know."""
    several = len(asked.utility) > 1
    if isinstance(source.first, Fit):
        fits = [source.parts[name] for name in asked.utility]
        yield from _of_fits(fits, asked)
        yield from of_simulation(fits[0].ratings)
        return
    if asked.policy not in ("all", *OF_NUMBERS):
        yield "Probabilities are those of two independent raters; how one rater uses the scale is not taken out."
        if several:
            yield "Dimensions are taken as independent."
    if isinstance(source.first, Ratings):
        yield from of_simulation(source.first)
    yield from (source.card or {}).get("caveats", ())


def _of_fits(fits: Sequence[Fit], asked: Asked) -> Iterator[str]:
    if len({id(fit) for fit in fits}) > 1:
        yield "Dimensions come from separate fits: draws and effects of a rater are independent between dimensions."
    if len(fits) > 1 and asked.rule == "rater":
        yield "Raters are drawn anew in every posterior draw: p is right to about 0.0003."
    names = [asked.by] if isinstance(asked.by, str) else list(asked.by or ())
    for name in names:
        for fit in dict.fromkeys(fits):
            if not has_item_effects(fit.design.formula, name):
                yield (
                    f"Groups by {name} differ by their mix of profiles only, by constant shifts on the latent scale: "
                    f"'{fit.formula}' has no effects of {name} by item. Add (1 + {name} | item)."
                )
    yield from (f"The fit has a problem: {problem}" for fit in dict.fromkeys(fits) for problem in fit.problems)
    yield from absent_levels(fits[0].ratings, names, asked.population)
    yield from (asked.population.notes if asked.population is not None else ())


def answers_of(source: Source, name: str) -> list[str]:
    """The answers of a dimension's scale, lowest first."""
    if source.answers is not None:
        return list(source.answers)
    part = source.parts[name]
    return list((part.ratings if isinstance(part, Fit) else part).scale.labels)


def pair_card(source: Source, asked: Asked, table: pd.DataFrame, caveats: Sequence[str]) -> dict[str, Any]:
    """How pairs were made, as plain values; the first of the caveats is their direction."""
    parts = list({id(part): part for part in source.parts.values()}.values())
    ratings = [part.ratings if isinstance(part, Fit) else part for part in parts]
    fits, of_labels = [part for part in parts if isinstance(part, Fit)], source.card or {}
    hashes = sorted({part.data_hash for part in ratings if isinstance(part, Ratings)})
    return {
        "kind": "pairs",
        "policy": asked.policy,
        "rule": asked.rule,
        "utility": asked.utility,
        "direction": caveats[0],
        "near_half": {str(name): near_half(part) for name, part in table.groupby("target", sort=False)},
        "formula": "; ".join(dict.fromkeys(fit.formula for fit in fits)) or of_labels.get("formula"),
        "method": "; ".join(dict.fromkeys(fit.method for fit in fits)) or of_labels.get("method"),
        "population": {"source": "The raters, each once." if asked.population is None else asked.population.source},
        "by": [asked.by] if isinstance(asked.by, str) else list(asked.by or ()),
        "data_hash": " ".join(hashes) or of_labels.get("data_hash"),
        "caveats": list(dict.fromkeys(caveats)),
        "versions": {name: version(name) for name in VERSIONS},
        "seed": asked.seed,
    }
