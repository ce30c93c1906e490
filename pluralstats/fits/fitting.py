"""``fit``: from ratings and a formula to estimates, intervals, draws and a list of what is wrong with them."""

import warnings
from functools import partial
from operator import itemgetter
from pathlib import Path

from pluralstats.data.ratings import Ratings
from pluralstats.errors import FitError, problems_error
from pluralstats.fits.asking.joint import DIMENSION, is_joint, joint_text, refuse_many
from pluralstats.fits.asking.request import DRAWS, Request, check_options, check_ratings
from pluralstats.fits.asking.several import Order, Planned, as_made
from pluralstats.fits.asking.submodels import asked_formulas
from pluralstats.fits.fitted import Fit
from pluralstats.fits.imputation.completed import IMPUTATIONS, check_imputations, completed_sets, imputed_raters
from pluralstats.fits.imputation.pooling import pooled_fit
from pluralstats.fits.methods.likelihood import rater_severity
from pluralstats.fits.methods.sampled import make_one
from pluralstats.inference.large.solver import AUTO, Solver
from pluralstats.inference.sampling.options import Sampler
from pluralstats.model.design import available_columns
from pluralstats.model.families.known import check_family
from pluralstats.model.formula.parsing import default_formula, parse_formula
from pluralstats.model.priors import Priors, resolve_priors


class FitWarning(UserWarning):
    """A fit was returned and something about it needs attention; the same sentences stand in ``fit.problems``."""


def fit(
    ratings: Ratings,
    formula: str | None = None,
    *,
    disc: str | None = None,
    stretch: str | None = None,
    thresholds: str | None = None,
    family: str = "cumulative",
    link: str = "probit",
    method: str = "hmc",
    priors: Priors | None = None,
    reml: bool = False,
    draws: int | None = None,
    seed: int = 1,
    sampler: Sampler | None = None,
    solver: Solver | None = None,
    cache: str | Path | None = None,
    on_problem: str = "warn",
    imputations: int = IMPUTATIONS,
) -> Fit:
    """Fit a mixed model of ratings on demographics, items and raters.

    Cumulative: P(y <= k) = F(tau_k - eta) with eta = x'b + the random effects of the row, so that higher eta means
    higher ratings; F is the normal (``link="probit"``), the logistic or the Gumbel distribution function
    1 - exp(-exp(x)) (``"cloglog"``). Bernoulli: two categories. Gaussian: the numeric ratings. Families of steps, whose
    thresholds have no order: ``sratio``, P(y = k | y >= k) = F(tau_k - eta) (Tutz 1990, BJMSP 43, 39-55); ``cratio``,
    P(y > k | y >= k) = F(eta - tau_k); ``acat``, P(y = k + 1) / P(y = k) = exp(eta - tau_k).

    Parameters
    ----------
    ratings : Ratings
        Of one dimension, or of up to eight, which are fitted together: thresholds and every coefficient of the formula
        by dimension, effects of raters and items on each of them and correlated (``(0 + dimension | rater)``). A
        formula that names ``dimension`` says what differs itself.
    formula : str, optional
        For example ``"rating ~ gender * politics + (1 | item) + (1 | rater)"``. Default: all demographics,
        ``(1 | item)`` and ``(1 | rater)``. Operators mean what they mean in R; of calls there are ``C(x)`` (a number as
        categories), ``poly(x, 2)``, ``bs(x, df=4)`` (a B-spline), ``s(x)`` (a curve whose smoothness is estimated, see
        Notes), ``I(x^2)``, ``log(x)``, ``scale(x)`` and ``center(x)`` of a column x. ``offset(x)`` is added
        with the coefficient 1; ``(1 + x || item)`` has no
        correlations. ``mo(x)`` is a monotonic effect of levels in order: all of its steps go up, or all go down.
        ``cs(x)``, in families of steps, has a coefficient at every threshold: step k is tau_k - z'c_k - eta, with the
        sign of brms, and of ``VGAM::vglm(acat(parallel = FALSE ~ x))``.
    disc : str, optional
        A submodel of the noise, ``"~ gender + (1 | rater)"``: the latent residual has the standard deviation
        s = exp(w'zeta + v), 1 at the reference levels and at the mean of numbers; s > 1 is less consistent. The
        ``disc`` of brms is 1 / s, so that coefficients there have the opposite sign; ``ordinal::clm(scale=)`` has ours.
    stretch : str, optional
        A submodel of the use of the scale: thresholds lie at c + exp(a) (tau - c), c their mean and a linear like
        log s. a > 0 keeps to the middle of the scale, a < 0 goes to its ends (Rossi, Gilula & Allenby 2001, JASA 96,
        20-31). Needs three categories or more.
    thresholds : str, optional
        A column of categories each of which has thresholds of its own, "dimension" or "wave". Its levels must have
        raters or items in common.
    family : {"cumulative", "bernoulli", "sratio", "cratio", "acat", "gaussian", "ordered_beta"}
    link : {"probit", "logit", "cloglog"}
        The acat family has a logit; ignored by the gaussian family.
        ``ordered_beta`` (Kubinec 2023, Political Analysis 31, 519-536) is for sliders with piles at both ends, of a
        scale ``("continuous", 0, 100)``: logistic cutpoints for both ends and a beta distribution with a precision
        between them, whose logarithm stands in ``parameters`` behind the cutpoints.
    method : {"hmc", "nuts", "laplace", "pymc"}
        ``hmc``: the exact posterior, by Hamiltonian Monte Carlo with exact rotations in coordinates in which the
        posterior is nearly standard normal. ``nuts``: the same posterior in the same coordinates by nutpie's
        No-U-Turn sampler; slower. ``pymc``: the same posterior as a PyMC graph, the independent check; see
        ``ps.pymc_model``. ``laplace``: maximum likelihood by Laplace's method, the estimator of ``ordinal::clmm``,
        with normal draws around it; with ``priors``, the mode of the posterior instead.
    priors : Priors, optional
        Default: ``ps.Priors()``; for ``laplace`` none.
    reml : bool
        Gaussian by ``laplace`` only: restricted maximum likelihood.
    draws : int, optional
        Posterior draws in all. Default: 2000; ``laplace`` 1000, ``nuts``, ``pymc`` 4000. Below 50 a chain: a problem.
    seed : int
    sampler : Sampler, optional
        Chains, warm-up, centring; default ``ps.Sampler()``.
    solver : Solver, optional
        Dense or iterative linear algebra of random effects; default ``ps.Solver()``, which chooses.
    cache : path, optional
        A folder that keeps fits. A fit with the same ratings, formula, priors, settings and package version is read
        from there; an entry that is broken is reported and made anew.
    on_problem : {"warn", "raise", "ignore"}
        What happens to the sentences in ``Fit.problems``.
    imputations : int
        Completed sets, 20 by default, where the formula names demographics that ``undisclosed="impute"`` of the
        ratings left open.

    Returns
    -------
    Fit
        After Ctrl-C during sampling: with the draws that every chain has finished, and a problem that says so.

    Notes
    -----
    Where groups of raters spread their ratings more or less than one noise for all allows, a score test says so among
    the problems and names ``disc`` and ``stretch`` (one false alarm in a hundred right models).

    ``s(x)``, or ``s(x, k=10)``, is a cubic spline with a penalty on its second derivative (Wood 2017, Generalized
    Additive Models, section 5.3; ``s(x, bs="bs", m=c(3, 2))`` in mgcv) as a mixed model: a straight line, the
    coefficient called ``x``, and k - 2 columns with coefficients from N(0, sd^2). ``sd(s(x))`` is how far the curve
    departs from its straight line, the root of its mean square over the ratings; at 0 there is nothing but the line.

    With unequal design weights (``rater_weight``) draws have the covariance that scores of the weighted likelihood,
    summed by rater, give the estimates (Binder 1983; Williams & Savitsky 2021); ``provenance["design_weights"]`` has
    the effective number of raters and the design effects. With fewer than about 30 raters more than coefficients about
    them, ``laplace`` takes what is about raters from Student's t.

    Demographics that ``undisclosed="impute"`` left open are imputed once per rater, never per row, by chained
    equations: multinomial models of each given the others, covariates about raters and the rater's severity in a model
    of ``(1 | item) + (1 | rater)`` alone; with ``disc`` or ``stretch`` also given how widely the rater's ratings
    spread, without which their coefficients would be too small. Parameters are drawn too. Draws are the mixture of a
    fit to each set; the table follows Rubin's rules (Rubin 1987): ``between`` is the share of the variance between
    sets, ``fmi`` the fraction of missing information. The ratings of the fit are the first set. Given these facts,
    whether people state a demographic must not depend on what it is.

    Raises
    ------
    ConfigError
        An unknown column, family, link, method or option, or a formula that cannot be read.
    DataError
        A column in the formula with missing values.
    FitError
        With ``on_problem="raise"``, when there is a problem.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=40, n_items=20, ratings_per_rater=10, seed=1)
    >>> model = ps.fit(ratings, "rating ~ (1 | item) + (1 | rater)")
    >>> model.parameters["parameter"].tolist()
    ['1|2', '2|3', '3|4', '4|5', 'sd(rater)', 'sd(item)']
    """
    asked = planned(
        ratings,
        formula,
        disc=disc,
        stretch=stretch,
        thresholds=thresholds,
        family=family,
        link=link,
        method=method,
        priors=priors,
        reml=reml,
        draws=draws,
        seed=seed,
        sampler=sampler,
        solver=solver,
        on_problem=on_problem,
        imputations=imputations,
    )
    (_, made), *_ = as_made([asked], make_one, None if cache is None else Path(cache))
    report_problems(made.problems, on_problem)
    return made


def planned(
    ratings: Ratings,
    formula: str | None = None,
    *,
    disc: str | None = None,
    stretch: str | None = None,
    thresholds: str | None = None,
    family: str = "cumulative",
    link: str = "probit",
    method: str = "hmc",
    priors: Priors | None = None,
    reml: bool = False,
    draws: int | None = None,
    seed: int = 1,
    sampler: Sampler | None = None,
    solver: Solver | None = None,
    on_problem: str = "warn",
    imputations: int = IMPUTATIONS,
) -> Planned:
    """All that ``fit`` does before a model is fitted: arguments as there, and what they raise."""
    check_ratings(ratings)
    for scale in ratings.scales.values():
        link = check_family(family, link, scale)
    draws = DRAWS.get(method, 1) if draws is None else draws
    check_options(ratings, family, method, reml, priors, draws, seed, sampler, on_problem, solver)
    text = formula if formula is not None else default_formula(ratings.demographics)
    parsed = parse_formula(text, available_columns(ratings))
    if is_joint(ratings, parsed, thresholds):
        refuse_many(ratings, parsed, family)
        parsed, thresholds = parse_formula(joint_text(parsed), available_columns(ratings)), DIMENSION
    asked = asked_formulas(ratings, parsed, family, link, disc=disc, stretch=stretch, thresholds=thresholds)
    if priors is None and method != "laplace":
        priors = Priors()
    order = Order(
        asked, family, link, method, reml, priors, int(draws), int(seed), sampler or Sampler(), solver or AUTO
    )
    if not asked.named & set(ratings.to_impute):
        return Planned(order, [_checked(order, ratings)], itemgetter(0))
    check_imputations(imputations)
    severity = partial(rater_severity, family=family, link=link)
    sets = completed_sets(ratings, severity, imputations, int(seed), spread=bool(asked.parts))
    pooled = partial(pooled_fit, raters=imputed_raters(ratings))
    return Planned(order, [_checked(order, one) for one in sets], pooled)


def _checked(order: Order, ratings: Ratings) -> Request:
    """The request; unknown terms of priors are refused before anything is looked up or fitted."""
    request = order.request(ratings)
    if order.priors is not None:
        resolve_priors(order.priors, request.design)
    return request


def report_problems(problems: tuple[str, ...], on_problem: str) -> None:
    """Warn of problems, raise them, or neither."""
    if problems and on_problem == "raise":
        raise problems_error(FitError, problems)
    if on_problem == "warn":
        for sentence in problems:
            warnings.warn(sentence, FitWarning, stacklevel=3)
