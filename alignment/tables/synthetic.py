"""A language of a dozen words that two groups like differently, with ratings: training whose truth is known.

Every response is a few words, and a word is worth something to each group. Raters of the groups rate both responses to
a question on five points, as the model of ``ps.fit`` says. What a random rater prefers is then a number that can be
computed, for any population of the groups, and a trained model can be held against it. Such a study checks the
mechanism; it says nothing about people, toxicity or large models.
"""

from dataclasses import dataclass
from itertools import islice, product

import numpy as np
import pandas as pd
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import ndtr

import pluralstats as ps
from pluralstats.errors import expect

GROUPS = ("north", "south")
THRESHOLDS = np.array([-1.2, -0.4, 0.4, 1.2])
SD_RATER, SD_WORD = 0.6, 0.6
NODES, NODE_WEIGHTS = hermegauss(40)


@dataclass(frozen=True)
class Language:
    """Words and what they are worth.

    Attributes
    ----------
    words : tuple of str, (V,)
    values : (2, V), on the latent scale, of each word to each group of ``GROUPS``
    """

    words: tuple[str, ...]
    values: np.ndarray

    def worth(self, texts: pd.Series) -> np.ndarray:
        """(2, n) latent value of responses to each group: the sum of their words.

        >>> Language(("red", "big"), np.array([[1.0, 0.5], [0.0, 2.0]])).worth(pd.Series(["red big"])).tolist()
        [[1.5], [2.0]]
        """
        counts = np.array([[text.split().count(word) for word in self.words] for text in texts])
        return self.values @ counts.T


@dataclass(frozen=True)
class SyntheticStudy:
    """Rated responses, and pairs of new responses with the truth about them.

    Attributes
    ----------
    ratings : ps.Ratings
        Demographic ``group``; two items under each question.
    responses : DataFrame
        ``item``, ``question``, ``prompt``, ``response``.
    test_pairs : DataFrame
        ``prompt``, ``first``, ``second`` (responses that nobody rated), and ``p_north``, ``p_south``: the probability
        that a random rater of the group prefers the first, ties counted half.
    language : Language
    """

    ratings: ps.Ratings
    responses: pd.DataFrame
    test_pairs: pd.DataFrame
    language: Language


def preference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """P(a random rater rates the first above the second) + half of P(equal), of latent values; shapes broadcast.

    The rater's own effect is shared by both ratings and integrated by Gauss-Hermite quadrature.

    >>> round(float(preference(np.array(0.3), np.array(0.3))), 9)
    0.5
    """
    shift = SD_RATER * NODES
    chances = [
        np.diff(
            ndtr(
                np.concatenate([[-np.inf], THRESHOLDS, [np.inf]]) - np.asarray(value)[..., None, None] - shift[:, None]
            )
        )
        for value in (first, second)
    ]
    below = np.cumsum(chances[1], axis=-1) - chances[1]
    above = (chances[0] * (below + 0.5 * chances[1])).sum(axis=-1)
    return above @ NODE_WEIGHTS / NODE_WEIGHTS.sum()


def synthetic_study(
    seed: int = 1,
    *,
    n_words: int = 12,
    n_questions: int = 400,
    raters_per_question: int = 5,
    n_raters: int = 200,
    share_north: float = 0.7,
    alike: float = 0.3,
    n_test: int = 200,
) -> SyntheticStudy:
    """Simulate one study.

    Parameters
    ----------
    n_words : int
        From 12, which the ratings of some hundred questions tell apart, to 60, of which each is rarely rated.
    n_questions : int
        Each has two responses; every rater of a question rates both.
    share_north : float
        Of the raters.
    alike : float
        Correlation between what words are worth to the two groups.

    Returns
    -------
    SyntheticStudy
        The same for the same seed.
    """
    expect(seed, (int, np.integer), "`seed` is a whole number")
    rng = np.random.default_rng(seed)
    syllables = product(("ka", "lo", "mi", "su"), ("ra", "ne", "to"), ("", "bel", "dun", "fis", "gor"))
    words = tuple("".join(parts) for parts in islice(sorted(syllables, key=lambda parts: parts[2]), n_words))
    north = rng.normal(0.0, SD_WORD, len(words))
    south = alike * north + np.sqrt(1.0 - alike**2) * rng.normal(0.0, SD_WORD, len(words))
    language = Language(words, np.stack([north, south]))
    responses = _responses(language, n_questions, rng)
    group = np.where(np.arange(n_raters) < round(share_north * n_raters), *GROUPS)
    ratings = _ratings(language, responses, rng.permutation(group), raters_per_question, rng)
    new = _responses(language, n_test, rng)
    first, second = (new["response"].iloc[at::2].reset_index(drop=True) for at in (0, 1))
    truth = preference(language.worth(first), language.worth(second))
    columns = {f"p_{name}": truth[g] for g, name in enumerate(GROUPS)}
    pairs = pd.DataFrame({"prompt": new["prompt"].iloc[::2].to_numpy(), "first": first, "second": second, **columns})
    return SyntheticStudy(ratings, responses, pairs, language)


def _responses(language: Language, n_questions: int, rng: np.random.Generator) -> pd.DataFrame:
    """Two different responses of three words to each question."""
    rows = []
    for q in range(1, n_questions + 1):
        texts: list[str] = []
        while len(set(texts)) < 2:
            texts = [" ".join(rng.choice(language.words, 3, replace=False)) for _ in range(2)]
        prompt = f"say {rng.choice(list('abcdefgh'))}{rng.choice(list('xyz'))}"
        rows += [(f"Q{q:03d}{side}", f"Q{q:03d}", prompt, text) for side, text in zip("AB", texts, strict=True)]
    return pd.DataFrame(rows, columns=["item", "question", "prompt", "response"])


def _ratings(
    language: Language, responses: pd.DataFrame, group: np.ndarray, raters_per_question: int, rng: np.random.Generator
) -> ps.Ratings:
    """Both responses of each question rated by the same random raters, on five points."""
    worth, n_raters = language.worth(responses["response"]), len(group)
    effect = rng.normal(0.0, SD_RATER, n_raters)
    n_questions = len(responses) // 2
    raters = np.concatenate([rng.choice(n_raters, raters_per_question, replace=False) for _ in range(n_questions)])
    rater = np.concatenate([raters, raters])
    question = np.tile(np.repeat(np.arange(n_questions), raters_per_question), 2)
    item = 2 * question + np.repeat([0, 1], len(raters))
    side = (group[rater] == GROUPS[1]).astype(int)
    latent = worth[side, item] + effect[rater] + rng.normal(size=len(rater))
    frame = pd.DataFrame(
        {
            "item": responses["item"].to_numpy()[item],
            "question": responses["question"].to_numpy()[item],
            "rater": [f"R{r:03d}" for r in rater],
            "rating": 1 + np.searchsorted(THRESHOLDS, latent),
            "group": group[rater],
        }
    )
    return ps.Ratings(frame, scale=(1, 5), demographics=["group"], simulated=True)
