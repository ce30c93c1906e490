"""The methods paragraph, ready to paste, with the works it cites."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from pluralstats.data.policies.rater_weights import effective_number, weights_of_raters
from pluralstats.data.ratings import Ratings
from pluralstats.inference.posterior.few_raters import FEW
from pluralstats.study.config import StudyConfig
from pluralstats.study.methods_model import model_sentences
from pluralstats.study.methods_structure import structure_sentences
from pluralstats.study.sentences import Row, unit_of
from pluralstats.study.wording import count, listed, scale_words

REFERENCES = {  # as cited -> the work
    "Binder, 1983": (
        "Binder, D. A. (1983). On the variances of asymptotically normal estimators from complex surveys. "
        "International Statistical Review, 51(3), 279–292."
    ),
    "Deming & Stephan, 1940": (
        "Deming, W. E., & Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency table when the "
        "expected marginal totals are known. The Annals of Mathematical Statistics, 11(4), 427–444."
    ),
    "Evans et al., 2018": (
        "Evans, C. R., Williams, D. R., Onnela, J.-P., & Subramanian, S. V. (2018). A multilevel approach to modeling "
        "health inequalities at the intersection of multiple social identities. Social Science & Medicine, 203, 64–73."
    ),
    "Fleiss, 1971": (
        "Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin, "
        "76(5), 378–382."
    ),
    "Gelman et al., 1996": (
        "Gelman, A., Meng, X.-L., & Stern, H. (1996). Posterior predictive assessment of model fitness via "
        "realized discrepancies. Statistica Sinica, 6(4), 733–807."
    ),
    "Gwet, 2014": ("Gwet, K. L. (2014). Handbook of inter-rater reliability (4th ed.). Advanced Analytics."),
    "Hoffman & Gelman, 2014": (
        "Hoffman, M. D., & Gelman, A. (2014). The No-U-Turn sampler: Adaptively setting path lengths in "
        "Hamiltonian Monte Carlo. Journal of Machine Learning Research, 15, 1593–1623."
    ),
    "Kallioinen et al., 2024": (
        "Kallioinen, N., Paananen, T., Bürkner, P.-C., & Vehtari, A. (2024). Detecting and diagnosing prior and "
        "likelihood sensitivity with power-scaling. Statistics and Computing, 34, 57."
    ),
    "Kish, 1965": "Kish, L. (1965). Survey sampling. Wiley.",
    "Krippendorff, 2019": (
        "Krippendorff, K. (2019). Content analysis: An introduction to its methodology (4th ed.). Sage."
    ),
    "Liang & Zeger, 1986": (
        "Liang, K.-Y., & Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models. Biometrika, "
        "73(1), 13–22."
    ),
    "McCullagh, 1980": (
        "McCullagh, P. (1980). Regression models for ordinal data. Journal of the Royal Statistical Society: "
        "Series B, 42(2), 109–142."
    ),
    "Neal, 2011": (
        "Neal, R. M. (2011). MCMC using Hamiltonian dynamics. In S. Brooks, A. Gelman, G. L. Jones, & X.-L. Meng "
        "(Eds.), Handbook of Markov chain Monte Carlo (pp. 113–162). Chapman & Hall/CRC."
    ),
    "Owen, 2007": ("Owen, A. B. (2007). The pigeonhole bootstrap. The Annals of Applied Statistics, 1(2), 386–411."),
    "Prabhakaran et al., 2024": (
        "Prabhakaran, V., Homan, C., Aroyo, L., Mostafazadeh Davani, A., Parrish, A., Taylor, A., Díaz, M., Wang, D., "
        "& Serapio-García, G. (2024). GRASP: A disagreement analysis framework to assess group associations in "
        "perspectives. Proceedings of NAACL 2024, 3473–3492."
    ),
    "Robins, 1986": (
        "Robins, J. (1986). A new approach to causal inference in mortality studies with a sustained exposure "
        "period. Mathematical Modelling, 7(9–12), 1393–1512."
    ),
    "Shahbaba et al., 2014": (
        "Shahbaba, B., Lan, S., Johnson, W. O., & Neal, R. M. (2014). Split Hamiltonian Monte Carlo. Statistics "
        "and Computing, 24(3), 339–349."
    ),
    "Stephens, 2017": ("Stephens, M. (2017). False discovery rates: A new deal. Biostatistics, 18(2), 275–294."),
    "Tierney & Kadane, 1986": (
        "Tierney, L., & Kadane, J. B. (1986). Accurate approximations for posterior moments and marginal "
        "densities. Journal of the American Statistical Association, 81(393), 82–86."
    ),
    "Vehtari et al., 2017": (
        "Vehtari, A., Gelman, A., & Gabry, J. (2017). Practical Bayesian model evaluation using leave-one-out "
        "cross-validation and WAIC. Statistics and Computing, 27(5), 1413–1432."
    ),
    "Vehtari et al., 2021": (
        "Vehtari, A., Gelman, A., Simpson, D., Carpenter, B., & Bürkner, P.-C. (2021). Rank-normalization, "
        "folding, and localization: An improved R-hat for assessing convergence of MCMC. Bayesian Analysis, "
        "16(2), 667–718."
    ),
    "Williams & Savitsky, 2021": (
        "Williams, M. R., & Savitsky, T. D. (2021). Uncertainty estimation for pseudo-Bayesian inference under complex "
        "sampling. International Statistical Review, 89(1), 72–107."
    ),
    "Wong et al., 2021": (
        "Wong, K., Paritosh, P., & Aroyo, L. (2021). Cross-replication reliability: An empirical approach to "
        "interpreting inter-rater reliability. Proceedings of ACL-IJCNLP 2021, 7053–7065."
    ),
}

PACKAGES = ("numpy", "scipy", "numba", "krippendorff", "statsmodels", "nutpie", "pymc")


def methods_paragraph(
    config: StudyConfig,
    ratings: Ratings,
    formula: str,
    link: str,
    versions: Mapping[str, str],
    tables: Mapping[str, pd.DataFrame] = MappingProxyType({}),
) -> str:
    """What was done, in the past tense, as a paper would say it.

    Parameters
    ----------
    formula, link : str
        Of the main model as fitted.
    versions : mapping
        Package to version.
    tables : mapping
        Of the study: what they say about priors, chains and checks is told.
    """
    parts = [
        _data(ratings),
        model_sentences(config, formula, link, tables),
        *_uncertainty(config, ratings),
        _effects(config, ratings),
        _agreement(config),
        structure_sentences(config, tables),
    ]
    program = f"pluralstats {versions['pluralstats']} on Python {versions['python']}"
    others = listed([f"{name} {versions[name]}" for name in PACKAGES if name in versions])
    parts.append(f"Computations used {program} with {others}; the random seed was {config.seed}.")
    return " ".join(part for part in parts if part)


def _data(ratings: Ratings) -> str:
    kind = "simulated ratings" if ratings.simulated else "ratings"
    scale = scale_words(ratings.scale.labels, ratings.scale.describe())
    start = f"We analysed {ratings.n_ratings:,} {kind} of {count(ratings.n_items, 'item')} "
    start += f"by {count(ratings.n_raters, 'rater')} on {scale}"
    n = len(ratings.dimensions)
    start += f", on {n} dimensions that were modelled separately." if n > 1 else "."
    left_out = [_left_out(row) for row in ratings.policies.to_dict("records") if _drops(row)]
    return f"{start} Left out before were {listed(left_out)}." if left_out else start


def _uncertainty(config: StudyConfig, ratings: Ratings) -> Iterator[str]:
    """What intervals allow for beside the model: design weights and few raters."""
    weights = weights_of_raters(ratings.frame)
    if np.ptp(weights) > 0.0:
        effective = effective_number(weights)
        yield (
            f"Raters counted by their design weights, with which {count(ratings.n_raters, 'rater')} are worth "
            f"{effective:.0f} with equal weights (Kish, 1965; design effect {weights.size / effective:.1f})."
        )
        if config.model.method != "pymc":
            yield (
                "Draws were rescaled to the covariance that scores of the weighted likelihood, summed by rater, give "
                "the estimates (Binder, 1983; Williams & Savitsky, 2021)."
            )
    if not config.model.is_exact and ratings.n_raters < FEW + 2.0:
        yield (
            "Intervals of differences between raters have the width of Student's t with as many degrees of freedom as "
            "there are raters beyond the coefficients about them."
        )


def _drops(row: Row) -> bool:
    """Whether a step of the preparation left ratings out."""
    policies = ("drop", "first", "last", "mean") if row["step"] == "duplicates" else ("drop",)
    return bool(row["n_rows"]) and row["policy"] in policies


def _left_out(row: Row) -> str:
    step = str(row["step"]).replace("_", " ")
    what = f"{step}, {row['column']}" if row["column"] not in ("", "rating") else step
    return f"{count(row['n_rows'], 'rating')} of {count(row['n_raters'], 'rater')} ({what})"


def _effects(config: StudyConfig, ratings: Ratings) -> str:
    if not ratings.demographics:
        return ""
    estimands = listed([unit_of(name) for name in _named(config)])
    rope = (
        f" Differences within ±{config.effects.rope:g} rating points counted as equivalent."
        if config.effects.rope
        else ""
    )
    return (
        f"Group differences ({estimands}) were computed by g-computation (Robins, 1986): each demographic was set "
        f"to a level for every rater with the other demographics as observed, and predictions were averaged over "
        f"the items and over new raters within each draw.{rope}"
    )


def _named(config: StudyConfig) -> list[str]:
    """The estimands without those that are one for each category."""
    return [name for name in config.estimands if not name.startswith(("P(", "probability"))]


def _agreement(config: StudyConfig) -> str:
    names = config.agreement.coefficients
    kinds = [name.removeprefix("alpha_") for name in names if name.startswith("alpha_")]
    sentences = []
    if kinds:
        sentences.append(f"Agreement was measured by Krippendorff's alpha ({listed(kinds)}; Krippendorff, 2019).")
    if "percent" in names:
        sentences.append(
            "Percent agreement (Fleiss, 1971) was the share of equal pairs of ratings of one item, averaged over the "
            "items with two or more ratings."
        )
    if {"ac1", "ac2"} & set(names):
        sentences.append("Gwet's coefficients (Gwet, 2014) correct agreement for chance where answers are uneven.")
    return " ".join(
        [
            *sentences,
            f"Percentile intervals of agreement are from {config.agreement.replicates:,} bootstrap replicates over "
            f"raters, items, and both (Owen, 2007).",
        ]
    )


def references(paragraph: str) -> Sequence[str]:
    """The works the paragraph cites, alphabetically."""
    return [work for cited, work in REFERENCES.items() if cited in paragraph]
