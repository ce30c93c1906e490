"""The design of the seed study (Ali, Zhao, Koenecke & Papakyriakopoulos, AAAI 2026, arXiv 2511.14476).

The numbers of raters, ratings and dimensions are the study's; its data are not public, so shares, effects and
variances below are made up: modest, different by dimension, and no claim about people.
"""

from typing import Any

import numpy as np

from pluralstats.data.ratings import Ratings
from pluralstats.data.simulation.studies import simulate

DIMENSIONS = ("toxicity", "emotional awareness", "sensitivity", "stereotypical bias", "helpfulness")
ANSWERS = ("strongly disagree", "disagree", "neutral", "agree", "strongly agree")

_POLARITY = np.array([-1.0, 1.0, 1.0, -1.0, 1.0])  # high toxicity and bias are bad, the other three good


def _halo(strength: float) -> np.ndarray:
    """Correlation between dimensions when liking a response raises the good, lowers the bad ones, (5, 5)."""
    return np.where(np.eye(5, dtype=bool), 1.0, strength * np.outer(_POLARITY, _POLARITY))


def _by_dimension(*values: float) -> dict[str, float]:
    return dict(zip(DIMENSIONS, values, strict=True))


SEED_STUDY: dict[str, Any] = {
    "n_raters": 1095,
    "n_items": 200,
    "ratings_per_rater": 5,
    "n_questions": 40,
    "dimensions": DIMENSIONS,
    "scale": ANSWERS,
    "demographics": {
        "gender": {"female": 0.49, "male": 0.45, "non-binary": 0.04, "undisclosed": 0.02},
        "race": {
            "White": 0.60,
            "Black": 0.12,
            "Asian": 0.10,
            "Hispanic": 0.07,
            "Middle Eastern": 0.04,
            "multiracial": 0.05,
            "undisclosed": 0.02,
        },
        "politics": {"liberal": 0.42, "centre": 0.33, "conservative": 0.18, "undisclosed": 0.07},
        "country": {"US": 0.52, "Germany": 0.48},
        "age": {"18-30": 0.30, "31-40": 0.27, "41-50": 0.19, "51-60": 0.14, "60<": 0.10},
    },
    "effects": {
        "gender[male]": _by_dimension(-0.30, 0.10, 0.12, -0.22, 0.05),
        "gender[non-binary]": _by_dimension(0.25, -0.15, -0.20, 0.30, -0.10),
        "race[Black]": _by_dimension(-0.20, 0.25, 0.22, 0.15, 0.20),
        "race[Asian]": _by_dimension(-0.08, 0.12, 0.10, -0.05, 0.10),
        "race[Hispanic]": _by_dimension(0.05, 0.10, 0.08, 0.05, 0.08),
        "race[Middle Eastern]": _by_dimension(0.10, 0.00, -0.05, 0.12, 0.00),
        "politics[centre]": _by_dimension(0.10, -0.05, -0.08, 0.05, -0.05),
        "politics[conservative]": _by_dimension(0.25, -0.30, -0.25, 0.10, -0.20),
        "country[Germany]": _by_dimension(0.15, -0.20, -0.10, 0.12, -0.15),
        "age[31-40]": _by_dimension(0.03, 0.02, 0.02, 0.00, 0.03),
        "age[41-50]": _by_dimension(0.05, 0.05, 0.04, -0.03, 0.06),
        "age[51-60]": _by_dimension(0.08, 0.06, 0.06, -0.06, 0.08),
        "age[60<]": _by_dimension(0.12, 0.08, 0.08, -0.10, 0.10),
    },
    "sd_rater": _by_dimension(0.70, 0.60, 0.60, 0.75, 0.60),
    "sd_item": _by_dimension(0.55, 0.45, 0.45, 0.50, 0.50),
    "sd_question": _by_dimension(0.30, 0.20, 0.20, 0.35, 0.20),
    "rater_correlation": _halo(0.5),
    "item_correlation": _halo(0.6),
    "thresholds": {  # most responses are harmless and somewhat helpful
        "toxicity": (-0.20, 0.75, 1.35, 2.20),
        "emotional awareness": (-1.70, -0.90, -0.05, 1.25),
        "sensitivity": (-1.65, -0.85, -0.05, 1.30),
        "stereotypical bias": (-0.45, 0.50, 1.05, 1.95),
        "helpfulness": (-1.75, -1.00, -0.35, 0.95),
    },
}


def simulate_seed_study(seed: int = 1) -> Ratings:
    """SIMULATED DATA in the design of the seed study, with the truth attached; no results of that study.

    1,095 raters from the US and Germany meet 5 of 200 LLM responses to 40 questions and rate each on 5
    dimensions: 27,375 ratings, "strongly disagree" to "strongly agree". Demographics: gender (through
    pronouns), race (several choices already resolved to "multiracial"), politics, country, age; who wished
    not to declare is "undisclosed". Rater and item effects are correlated across dimensions (halo). In the
    study a rater could draw a response twice; here responses are drawn anew for each rater but without
    repetition within one, so that every rater-response pair is one rating and responses still have unequal
    numbers of ratings.

    Parameters
    ----------
    seed : int
        The same seed gives the same ratings.

    Examples
    --------
    >>> ratings = simulate_seed_study(seed=1)
    >>> ratings.n_ratings, ratings.n_raters, ratings.n_items, len(ratings.dimensions), ratings.simulated
    (27375, 1095, 200, 5, True)
    """
    return simulate(**SEED_STUDY, seed=seed)
