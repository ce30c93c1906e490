"""What the methods paragraph says about the model and how it was fitted."""

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from pluralstats.printing.wording import listed, number
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.configuration.settings import PARTS, ModelConfig

_HAMILTONIAN = "Hamiltonian Monte Carlo (Neal, 2011) with exact rotations (Shahbaba et al., 2014)"
_NO_U_TURN = "the No-U-Turn sampler (Hoffman & Gelman, 2014)"
_WHITENED = " in coordinates whitened by the curvature at the posterior mode"
_SAMPLED_BY = {
    "hmc": _HAMILTONIAN + _WHITENED,
    "nuts": _NO_U_TURN + _WHITENED,
    "pymc": f"{_NO_U_TURN} as a PyMC model",
}
_FAMILIES = {
    "bernoulli": "binary",
    "sratio": "stopping-ratio",
    "cratio": "continuation-ratio",
    "acat": "adjacent-category",
    "ordered_beta": "ordered beta",
}
_CITED = {"cumulative": " (McCullagh, 1980)", "ordered_beta": " (Kubinec, 2023)"}
OF_PARTS = tuple(f"{name}: " for name in PARTS)
_ALONE = {
    "first threshold": "the first threshold",
    "threshold": "the threshold",
    "every threshold": "every threshold",
    "log gap between thresholds": "the logarithm of each gap between thresholds",
    "Intercept": "the intercept",
    "sd(residual)": "the residual standard deviation",
}


def model_sentences(config: StudyConfig, formula: str, link: str, tables: Mapping[str, pd.DataFrame]) -> str:
    """The model, its priors, how it was fitted and checked.

    Parameters
    ----------
    formula, link : str
        Of the main model as fitted.
    tables : mapping
        Of the study: convergence, priors, predictive_checks, model_comparison, prior_sensitivity, those it has.
    """
    model = config.model
    if not model.is_exact:
        return " ".join([_approximate(model, formula, link), *_checked(tables)])
    parts = [
        f"{_named(model, link)} (`{formula}`) was fitted.",
        *_submodels(model),
        *_priors(tables.get("priors", pd.DataFrame()), model),
        _sampled(model, tables.get("convergence", pd.DataFrame())),
        "Estimates are posterior means (of ratios, of the logarithm) with 95% intervals.",
        *_checked(tables),
    ]
    return " ".join(parts)


def _named(model: ModelConfig, link: str) -> str:
    if model.family == "gaussian":
        return "A linear mixed model"
    name = _FAMILIES.get(model.family, model.family)
    cited = _CITED.get(model.family, "")
    return f"{'An' if name[0] in 'ao' else 'A'} {name} {link} mixed model{cited}"


def _submodels(model: ModelConfig) -> list[str]:
    """Submodels of noise and of use of the scale, and columns with thresholds of their own, a sentence each."""
    sentences = []
    if model.disc is not None:
        sentences.append(
            f"The standard deviation s of the latent residual differed by `log s {model.disc.strip()}`, with s = 1 at "
            "the reference levels (Hedeker et al., 2009)."
        )
    if model.stretch is not None:
        sentences.append(
            "The distances of the thresholds from their mean were multiplied by exp(a), a use of the scale that "
            f"differed by `a {model.stretch.strip()}`, with a = 0 at the reference levels (Rossi et al., 2001)."
        )
    if model.thresholds is not None:
        sentences.append(f"Thresholds differed by {model.thresholds}.")
    return sentences


def _approximate(model: ModelConfig, formula: str, link: str) -> str:
    if model.priors is not None:
        how = "at the mode of its posterior by the Laplace approximation (Tierney & Kadane, 1986)"
    elif model.family == "gaussian":
        how = "by restricted maximum likelihood" if model.reml else "by maximum likelihood"
    else:
        how = "by maximum likelihood with the Laplace approximation (Tierney & Kadane, 1986)"
    draws = f"{model.n_draws:,}"
    start = f"{_named(model, link)} (`{formula}`) was fitted {how}."
    start = " ".join([start, *_submodels(model)])
    return f"{start} Intervals are 95% intervals from {draws} draws of the approximate posterior."


def _sampled(model: ModelConfig, convergence: pd.DataFrame) -> str:
    start = f"The posterior was sampled by {_SAMPLED_BY[model.method]}"
    if not len(convergence):
        return f"{start}."
    row = convergence.iloc[0]
    warmup = f" after {model.warmup:,} transitions of warm-up" if model.method != "pymc" else ""
    thinned = convergence["thinned"].max()
    longer = f" (chains with too few effective draws ran on, keeping one in {thinned})" if thinned > 1 else ""
    return (
        f"{start}, in {row['chains']} chains of {row['draws'] // row['chains']:,} draws each{warmup}{longer}. Over "
        f"all parameters and random effects R-hat was at most {convergence['r_hat'].max():.3f}, and the effective "
        f"number of draws at least {number(convergence['ess_bulk'].min(), 0)} in the bulk and "
        f"{number(convergence['ess_tail'].min(), 0)} in the tails (Vehtari et al., 2021)."
    )


def _priors(table: pd.DataFrame, model: ModelConfig) -> list[str]:
    """The priors in words, those that are the same together."""
    if not len(table):
        return []
    several = "dimension" in table and len(set(table["dimension"])) > 1
    rows = table[table["dimension"] == table["dimension"].iloc[0]] if several else table
    told = [f"{prior} for {what}" for what, prior in _spelled(rows, model.priors.terms if model.priors else ())]
    units = " (degrees of freedom, location, scale)" if any("student" in prior for prior in rows["prior"]) else ""
    measured = rows["prior"].str.endswith(" per sd").any()
    per_sd = "; those of measured columns are for one standard deviation of the column" if measured else ""
    other = ""
    if several and model.family == "gaussian":  # scales in units of the sd of the ratings
        first = rows["dimension"].iloc[0]
        other = f"; these are of {first}, and those of other dimensions have the same ratio to the sd of the ratings"
    return [f"Priors were {listed(told)}{units}{per_sd}{other}.", *_exchangeable(rows)]


def _exchangeable(rows: pd.DataFrame) -> list[str]:
    """That no level is special, where there are levels."""
    if not rows["parameter"].str.match(r"(?!sd\(|correlations \|).*\[").any():
        return []
    return [
        "The coefficients of one factor are jointly Student-t, so that the difference of any two of its levels has the "
        "prior of a coefficient and no result depends on the reference level."
    ]


def _spelled(rows: pd.DataFrame, own: Collection[str]) -> list[tuple[str, str]]:
    """Pairs of what and its prior: the commonest of coefficients and of standard deviations once, others by name."""
    named = [(str(name), _readable(str(prior))) for name, prior in zip(rows["parameter"], rows["prior"], strict=True)]
    alone = [(_alone(name), prior) for name, prior in named if _alone(name)]
    correlated = [pair for pair in named if pair[0].startswith("correlations | ")]
    alone += [(name.replace(" | ", " of the effects of "), prior) for name, prior in correlated]
    rest = [pair for pair in named if not _alone(pair[0]) and pair not in correlated]
    found = list(alone)
    for where, of_parts in (("", False), (" of disc and stretch", True)):
        part = [pair for pair in rest if pair[0].removeprefix("sd(").startswith(OF_PARTS) == of_parts]
        sds = [pair for pair in part if pair[0].startswith("sd(")]
        coefficients = [pair for pair in part if pair not in sds]
        found += _common(f"coefficients{where}", coefficients, own)
        found += _common(f"standard deviations of random effects{where}", sds, own)
    return found


def _alone(name: str) -> str:
    """What the prior of one parameter, or of all thresholds, is of; "" for those that are told together."""
    first, of_each, column = name.partition(" of each ")
    return f"{_ALONE[first]}{of_each}{column}" if first in _ALONE else ""


def _common(what: str, pairs: Sequence[tuple[str, str]], own: Collection[str]) -> list[tuple[str, str]]:
    """The commonest prior under one name, the others, above all those of single terms (``own``), by theirs."""
    if not pairs:
        return []
    general = [prior for name, prior in pairs if not {name, name.partition("[")[0]} & set(own)]
    most = max(dict.fromkeys(prior for _, prior in pairs), key=general.count)
    return [(what, most), *((name, prior) for name, prior in pairs if prior != most)]


def _readable(prior: str) -> str:
    return prior.removesuffix(" per sd").replace("student_t", "Student-t")


def _checked(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """How the fit was checked, for each check that has a table."""
    sentences = []
    if len(tables.get("predictive_checks", ())):
        sentences.append(
            "Posterior predictive checks (Gelman et al., 1996) compared shares of categories, means, spread and "
            "agreement with ratings replicated from the model."
        )
    comparison = tables.get("model_comparison", pd.DataFrame())
    if "elpd" in comparison and comparison["elpd"].notna().any():
        units = set(comparison["by"].dropna())
        integrated = " with the rater effect integrated out" if "rater" in units else ""
        sentences.append(
            f"Models were compared by their expected log predictive density for {' or '.join(sorted(units))}s left out "
            f"one at a time, by Pareto-smoothed importance sampling{integrated} (Vehtari et al., 2017)."
        )
    if len(tables.get("prior_sensitivity", ())):
        sentences.append("Sensitivity to the priors was measured by power-scaling (Kallioinen et al., 2024).")
    return sentences
