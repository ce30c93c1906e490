"""The works that the methods paragraph cites."""

from collections.abc import Sequence

REFERENCES = {  # as cited -> the work
    "Binder, 1983": (
        "Binder, D. A. (1983). On the variances of asymptotically normal estimators from complex surveys. "
        "International Statistical Review, 51(3), 279–292."
    ),
    "Browne et al., 2001": (
        "Browne, W. J., Goldstein, H., & Rasbash, J. (2001). Multiple membership multiple classification (MMMC) "
        "models. Statistical Modelling, 1(2), 103–124."
    ),
    "Christensen, 2018": (
        "Christensen, R. H. B. (2018). Cumulative link models for ordinal regression with the R package ordinal. "
        "Vignette of the R package ordinal."
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
    "Hedeker et al., 2009": (
        "Hedeker, D., Demirtas, H., & Mermelstein, R. J. (2009). A mixed ordinal location scale model for analysis of "
        "ecological momentary assessment (EMA) data. Statistics and Its Interface, 2(4), 391–401."
    ),
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
    "Kubinec, 2023": (
        "Kubinec, R. (2023). Ordered beta regression: A parsimonious, well-fitting model for continuous data with "
        "lower and upper bounds. Political Analysis, 31(4), 519–536."
    ),
    "Liang & Zeger, 1986": (
        "Liang, K.-Y., & Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models. Biometrika, "
        "73(1), 13–22."
    ),
    "Linacre, 1989": "Linacre, J. M. (1989). Many-facet Rasch measurement. MESA Press.",
    "McCullagh, 1980": (
        "McCullagh, P. (1980). Regression models for ordinal data. Journal of the Royal Statistical Society: "
        "Series B, 42(2), 109–142."
    ),
    "Neal, 2011": (
        "Neal, R. M. (2011). MCMC using Hamiltonian dynamics. In S. Brooks, A. Gelman, G. L. Jones, & X.-L. Meng "
        "(Eds.), Handbook of Markov chain Monte Carlo (pp. 113–162). Chapman & Hall/CRC."
    ),
    "Owen, 2007": ("Owen, A. B. (2007). The pigeonhole bootstrap. The Annals of Applied Statistics, 1(2), 386–411."),
    "Peterson & Harrell, 1990": (
        "Peterson, B., & Harrell, F. E. (1990). Partial proportional odds models for ordinal response variables. "
        "Journal of the Royal Statistical Society: Series C, 39(2), 205–217."
    ),
    "Prabhakaran et al., 2024": (
        "Prabhakaran, V., Homan, C., Aroyo, L., Mostafazadeh Davani, A., Parrish, A., Taylor, A., Díaz, M., Wang, D., "
        "& Serapio-García, G. (2024). GRASP: A disagreement analysis framework to assess group associations in "
        "perspectives. Proceedings of NAACL 2024, 3473–3492."
    ),
    "Robins, 1986": (
        "Robins, J. (1986). A new approach to causal inference in mortality studies with a sustained exposure "
        "period. Mathematical Modelling, 7(9–12), 1393–1512."
    ),
    "Rossi et al., 2001": (
        "Rossi, P. E., Gilula, Z., & Allenby, G. M. (2001). Overcoming scale usage heterogeneity: A Bayesian "
        "hierarchical approach. Journal of the American Statistical Association, 96(453), 20–31."
    ),
    "Rubin, 1987": "Rubin, D. B. (1987). Multiple imputation for nonresponse in surveys. Wiley.",
    "Shahbaba et al., 2014": (
        "Shahbaba, B., Lan, S., Johnson, W. O., & Neal, R. M. (2014). Split Hamiltonian Monte Carlo. Statistics "
        "and Computing, 24(3), 339–349."
    ),
    "Shapley, 1953": (
        "Shapley, L. S. (1953). A value for n-person games. In H. W. Kuhn & A. W. Tucker (Eds.), Contributions to the "
        "theory of games II (pp. 307–317). Princeton University Press."
    ),
    "Stephens, 2017": ("Stephens, M. (2017). False discovery rates: A new deal. Biostatistics, 18(2), 275–294."),
    "Thorndike, 1920": (
        "Thorndike, E. L. (1920). A constant error in psychological ratings. Journal of Applied Psychology, 4(1), "
        "25–29."
    ),
    "Tierney & Kadane, 1986": (
        "Tierney, L., & Kadane, J. B. (1986). Accurate approximations for posterior moments and marginal "
        "densities. Journal of the American Statistical Association, 81(393), 82–86."
    ),
    "van Buuren, 2018": ("van Buuren, S. (2018). Flexible imputation of missing data (2nd ed.). Chapman & Hall/CRC."),
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


def references(paragraph: str) -> Sequence[str]:
    """The works the paragraph cites, alphabetically."""
    return [work for cited, work in REFERENCES.items() if cited in paragraph]
