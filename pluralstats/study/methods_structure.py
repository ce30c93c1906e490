"""What the methods paragraph says about contrasts, cohesion, structure and populations."""

from collections.abc import Mapping

import pandas as pd

from pluralstats.study.config import StudyConfig
from pluralstats.study.wording import ADJUSTED_BY, listed


def structure_sentences(config: StudyConfig, tables: Mapping[str, pd.DataFrame]) -> str:
    """One sentence for each part that the study has a table of."""
    has = {name for name, table in tables.items() if len(table)}
    told = [
        _pairwise(config) if "pairwise" in has else "",
        _ROBUSTNESS if "robustness" in has else "",
        _cohesion(config) if "cohesion" in has else "",
        _MODEL_COHESION if "model_cohesion" in has else "",
        _intersections(config) if "intersections" in has else "",
        _contested(config) if "contested_items" in has else "",
        _population(config) if "population" in has else "",
    ]
    return " ".join(sentence for sentence in told if sentence)


_ROBUSTNESS = (
    "The same contrasts were also estimated without rater effects, by generalised estimating equations with standard "
    "errors clustered by rater (Liang & Zeger, 1986), and from raw means."
)


def _pairwise(config: StudyConfig) -> str:
    return (
        f"All pairs of levels of {listed(config.effects.pairwise)} were compared with simultaneous intervals from the "
        f"largest standardised deviation over draws, and posterior tail probabilities adjusted by "
        f"{ADJUSTED_BY[config.effects.adjust]}."
    )


def _cohesion(config: StudyConfig) -> str:
    return (
        "Cohesion of groups was measured by reliability, voting and negentropy within a group and with all other "
        "raters and by their ratios (Prabhakaran et al., 2024; cross-replication reliability: Wong et al., 2021), "
        f"tested by {config.cohesion.permutations:,} permutations of the raters' profiles and adjusted by the method "
        "of Benjamini and Hochberg."
    )


_MODEL_COHESION = (
    "Raters share few items, so cohesion of groups was not counted but modelled: for each group, item effects of its "
    "members and of all other raters were allowed to differ (maximum likelihood), which gives the correlation of what "
    "two new raters of the group, or one of it and another, think of an item on the latent scale. Ratios are formed "
    "where the central 95% of the correlation with others lie above 0.05, and tested by permuting raters between "
    "groups (working residuals, as in the score test of a variance component; Lin, 1997), adjusted over all groups and "
    "dimensions by the method of Benjamini and Hochberg."
)


def _intersections(config: StudyConfig) -> str:
    return (
        f"Combinations of {listed(config.structure.intersections)} entered as a random term beside their main effects "
        "(multilevel analysis of individual heterogeneity; Evans et al., 2018)."
    )


def _contested(config: StudyConfig) -> str:
    return (
        f"The gap between the levels of {config.structure.contested} was allowed to differ by item through correlated "
        "random slopes; items were ranked by the posterior probability of a gap beyond the margin, with the expected "
        f"rate of false signs (Stephens, 2017).{_MODE if config.structure.approximate else ''}"
    )


_MODE = " This model was fitted at the mode of its posterior by the Laplace approximation."


def _population(config: StudyConfig) -> str:
    wanted = config.population
    if wanted is None:
        return ""
    if wanted.margins is not None:
        how = "known margins, to which the raters were raked (Deming & Stephan, 1940)"
    else:
        how = f"equal shares of each {wanted.equal}" if wanted.equal else "a table of cells"
    return f"Effects were also averaged over {wanted.name}, given by {how}."
