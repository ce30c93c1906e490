"""``preference_pairs``: which of two responses people prefer, with the probability of it (METHODS section 6)."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import DataError
from pluralstats.fits.fitted import Fit
from pluralstats.labels.directions import DirectionWarning, direction, doubt
from pluralstats.labels.label_sets import Labels
from pluralstats.labels.pairs.baselines import OF_NUMBERS
from pluralstats.labels.pairs.cards import pair_card, target_sentences
from pluralstats.labels.pairs.responses import Candidates, candidate_pairs, check_limits, kept_pairs
from pluralstats.labels.pairs.source import POSTERIOR, Asked, PairRows, Source, check_request
from pluralstats.labels.pairs.sources import source_of
from pluralstats.labels.pairs.table import Pairs
from pluralstats.labels.utilities import checked_utility, utility_text
from pluralstats.population.targets import Population


def preference_pairs(
    source: Fit | Ratings | Labels | pd.DataFrame | Mapping[str, Fit] | Mapping[str, Ratings],
    responses: Any,
    *,
    utility: Mapping[str, float] | None = None,
    rule: str = "rater",
    policy: str | None = None,
    by: str | Sequence[str] | None = None,
    population: Population | None = None,
    min_margin: float = 0.0,
    max_pairs: int | None = None,
    licence: str = "",
    seed: int = 1,
) -> Pairs:
    """Preference pairs of responses to the same question, each with a probability.

    ==========  ========================================================================================
    rule        p of a pair (a, b), for a utility U = sum over dimensions of weight x rating
    ==========  ========================================================================================
    rater       P(a random rater of the target rates U_a above U_b) + 1/2 P(U_a = U_b): both responses
                are rated by the same person, whose profile is averaged over and whose effect is
                integrated; the mean over posterior draws, with the sd over draws as ``p_sd``
    mean        posterior probability that E[U_a] > E[U_b] in the target
    ==========  ========================================================================================

    The rule "rater" says how much people differ, and is seldom near 1; the rule "mean" says how sure one may be of the
    average, and goes to 0 or 1 with more ratings. Effects of the responses are taken from joint draws. One dimension is
    integrated to 1e-5 in every draw. With several, every draw has raters of its own, 32 to 512, and p is right to about
    0.0003.

    Policies for Ratings, which have no model (``rule`` is "rater" for the first two and "mean" for the others):
    ``all``: one row for every rater who rated both, p = 1, or 1/2 where they are equal; ``shares``: two independent
    raters drawn from the ratings of each response; ``majority`` (of tied answers their middle), ``mean``, ``median``:
    p = 1 for the response with the higher number, 1/2 where they are equal. Pairs without ratings are left out.

    Parameters
    ----------
    source : Fit, Ratings, Labels (or their table), or dict of fits or of ratings by dimension
        Fits of different dimensions are taken as independent: their draws, and the effects of a rater, but not the
        profile, which is the same. A fit with ``(0 + dimension | rater)`` has the correlations. Labels give the
        pairs of their policy, probabilities as of two independent raters.
    responses : data frame
        ``item``, ``question``, ``prompt``, ``response`` (texts), one row a response; pairs are of responses under one
        question.
    utility : dict, dimension -> weight, optional
        Negative where a higher rating is worse, as {"toxicity": -1, "helpfulness": 1}. Default, for ratings of one
        dimension: +1, so that **the higher rating is preferred**; a warning asks for it where the name of the
        dimension or the answers suggest that higher is worse.
    rule : {"rater", "mean"}
    policy : str, optional
        Of Ratings: "all", "shares", "majority", "mean" or "median".
    by : str or list of str, optional
        Demographics: pairs for each group, ``target`` "politics: liberal". Default: one target, all raters.
    population : Population, optional
        Whom the target (and each group within it) is made of; default the raters, each once.
    min_margin : float
        Pairs with \\|p - 1/2\\| below it are left out.
    max_pairs : int, optional
        At most so many pairs a question and target: those first in a random order, which depends on ``seed`` and the
        items only, so that targets and policies keep the same pairs where they can.
    licence : str
        Of the texts and ratings, for the card.
    seed : int

    Returns
    -------
    Pairs
        The response with p >= 1/2 is ``chosen``; with p = 1/2 the one that is first in the order of items. The card
        says what is preferred (``direction``) and how many pairs of each target have p within 0.05 of 1/2
        (``near_half``).

    Warns
    -----
    DirectionWarning
        No utility, and higher ratings seem to be worse.

    Raises
    ------
    ConfigError
        Arguments that cannot be meant, a model in which items do not differ.
    DataError
        Responses that cannot be used, with row numbers; no pair left.

    Examples
    --------
    >>> import pandas as pd, pluralstats as ps
    >>> ratings = ps.simulate(n_raters=40, n_items=4, ratings_per_rater=4, seed=1)
    >>> fit = ps.fit(ratings, "rating ~ (1 | item) + (1 | rater)", method="laplace", on_problem="ignore")
    >>> texts = pd.DataFrame({"item": ["I1", "I2", "I3", "I4"], "question": ["q", "q", "r", "r"],
    ...                       "prompt": ["Why?", "Why?", "How?", "How?"], "response": ["a", "b", "c", "d"]})
    >>> ps.preference_pairs(fit, texts).table[["chosen", "rejected", "target"]].values.tolist()
    [['b', 'a', 'all raters'], ['c', 'd', 'all raters']]
    """
    check_limits(min_margin, max_pairs, seed)
    given = source_of(source, policy)
    check_request(given, rule, by, population)
    worth = checked_utility(utility, list(given.items))
    asked = Asked(worth, _rule(rule, given.policy), given.policy, by, population, int(seed))
    candidates = candidate_pairs(responses, given.rated_items(worth), asked.seed)
    parts, caveats = [], [direction(worth, utility is not None), *given.caveats(asked)]
    for target, rows in given.rows(asked, candidates).items():
        part = _oriented(candidates, rows, target, asked, min_margin, max_pairs)
        parts.append(part)
        caveats += target_sentences(candidates, rows, part, target)
    table = pd.concat(parts, ignore_index=True)
    if table.empty:
        raise DataError("No pair is left: nobody of the target rated both, or `min_margin` leaves none. Lower it.")
    table["weight"] /= table["weight"].mean()
    if utility is None:
        _warn_of_direction(given, asked)
    card = pair_card(given, asked, table, caveats) | {"min_margin": float(min_margin), "max_pairs": max_pairs}
    return Pairs(table, card | {"licence": licence or given.facts.get("licence") or "not stated"})


def _warn_of_direction(source: Source, asked: Asked) -> None:
    """Warn once where the only dimension, preferred high by default, seems to be something bad."""
    for name in asked.utility:
        if sentence := doubt(name, source.answers[name]):
            warnings.warn(sentence, DirectionWarning, stacklevel=3)


def _rule(rule: str, policy: str) -> str:
    if policy == POSTERIOR:
        return rule
    return "mean" if policy in OF_NUMBERS else "rater"


def _oriented(
    candidates: Candidates, rows: PairRows, target: str, asked: Asked, min_margin: float, max_pairs: int | None
) -> pd.DataFrame:
    """The rows of one target that are kept, the preferred response first."""
    at = kept_pairs(candidates, rows.pair, rows.p, min_margin, max_pairs)
    p, pair, texts = rows.p[at], rows.pair[at], candidates.responses
    turned = p < 0.5
    first, second = candidates.first[pair], candidates.second[pair]
    chosen, rejected = np.where(turned, second, first), np.where(turned, first, second)
    column = {name: texts[name].to_numpy(object) for name in texts}
    return pd.DataFrame(
        {
            "question": column["question"][first],
            "prompt": column["prompt"][first],
            "chosen": column["response"][chosen],
            "rejected": column["response"][rejected],
            "chosen_item": column["item"][chosen],
            "rejected_item": column["item"][rejected],
            "p": np.where(turned, 1.0 - p, p),
            "p_sd": rows.sd[at],
            "weight": rows.weight[at],
            "target": np.full(at.size, target, object),
            "policy": np.full(at.size, asked.policy, object),
            "rule": np.full(at.size, asked.rule, object),
            "dimensions": np.full(at.size, utility_text(asked.utility), object),
            "n_raters": rows.n_raters[at],
        }
    )
