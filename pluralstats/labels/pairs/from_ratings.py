"""Pairs from ratings without a model: by a policy that makes one label of many ratings, or by every rater."""

from collections.abc import Iterator, Mapping
from functools import partial

from pluralstats.data.ratings import Ratings
from pluralstats.labels.caveats import of_simulation
from pluralstats.labels.pairs.baselines import OF_NUMBERS, OF_RATINGS, rating_rows
from pluralstats.labels.pairs.responses import Candidates
from pluralstats.labels.pairs.source import Asked, PairRows, Source, chosen_policy, rated_on
from pluralstats.labels.pairs.targets import groups_of


def source_of_ratings(parts: Mapping[str, Ratings], policy: str | None) -> Source:
    """The source that ratings are; ``parts`` are dimension -> its ratings, the same where they have several."""
    return Source(
        policy=chosen_policy(policy, OF_RATINGS, "Ratings"),
        items={name: rated_on(ratings.frame, name) for name, ratings in parts.items()},
        answers={name: ratings.scale.labels for name, ratings in parts.items()},
        rows=partial(_rows, parts),
        caveats=partial(_caveats, parts),
        facts={
            "formula": None,
            "method": None,
            "data_hash": " ".join(sorted({ratings.data_hash for ratings in parts.values()})),
        },
    )


def _rows(parts: Mapping[str, Ratings], asked: Asked, candidates: Candidates) -> dict[str, PairRows]:
    groups = groups_of(next(iter(parts.values())), asked.by, None)
    single = {name: _one_dimension(parts[name], name) for name in asked.utility}
    return {
        target: rating_rows(single, asked.utility, asked.policy, levels, candidates)
        for target, levels in groups.items()
    }


def _one_dimension(ratings: Ratings, name: str) -> Ratings:
    return ratings.select(name) if len(ratings.dimensions) > 1 else ratings


def _caveats(parts: Mapping[str, Ratings], asked: Asked) -> Iterator[str]:
    if asked.policy not in ("all", *OF_NUMBERS):
        yield from of_two_raters(asked)
    yield from of_simulation(next(iter(parts.values())))


def of_two_raters(asked: Asked) -> Iterator[str]:
    """What probabilities from shares of answers leave out."""
    yield "Probabilities are those of two independent raters; how one rater uses the scale is not taken out."
    if len(asked.utility) > 1:
        yield "Dimensions are taken as independent."
