"""What estimands are measured in, and where no difference is."""

KINDS = ("estimand", "coefficient", "metric")  # rows that differ in these are not measured in the same unit
_UNITS = {
    "points": "rating points",
    "percent": "percent of the reference group's mean rating",
    "percent_of_range": "percent of the scale's range",
    "odds_ratio": "odds ratio, given rater and item",
    "marginal_odds_ratio": "ratio of averaged odds",
    "latent_d": "standardised latent difference",
}


def null_of(estimand: str) -> float:
    """The value of an estimand when groups do not differ: 1 for ratios, else 0.

    >>> null_of("odds_ratio"), null_of("P(rating >= 4) ratio"), null_of("points")
    (1.0, 1.0, 0.0)
    """
    return 1.0 if estimand.endswith("ratio") else 0.0


def unit_of(estimand: str) -> str:
    """What an estimand is measured in.

    >>> unit_of("points"), unit_of("P(rating >= 4)")
    ('rating points', 'percentage points of P(rating >= 4)')
    """
    if estimand.startswith("P("):
        return estimand if estimand.endswith("ratio") else f"percentage points of {estimand}"
    return _UNITS[estimand]


def words_of(estimand: str) -> str:
    """What an estimand is measured in; its name where it is none of ours.

    >>> words_of("points"), words_of("expected_rating")
    ('rating points', 'expected rating')
    """
    try:
        return unit_of(estimand)
    except KeyError:
        return estimand.replace("_", " ")
