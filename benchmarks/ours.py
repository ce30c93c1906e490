"""One fit by pluralstats by maximum likelihood, standard errors included.

Import, warm-up on tiny ratings (loads compiled code), read, fit. The method is named: the package's default is the
exact posterior, which has no maximum of the likelihood and takes longer.
"""

import runner

import pluralstats as ps


def main(argv: list[str] | None = None) -> None:
    options = runner.arguments(argv, __doc__)
    model = {"method": "laplace", "family": options.family, "link": "logit", "on_problem": "ignore"}
    tiny = ps.simulate(30, 20, 10, family=options.family, link="logit")
    _, warm_up, _ = runner.clocked(lambda: ps.fit(tiny, **model))
    runner.report(version=f"pluralstats {ps.__version__}", warm_up=warm_up, floor=runner.peak())
    if not options.data:
        return
    covariates = [*options.covariates, *(name for name in options.groups if name not in ("rater", "item"))]
    columns = {"scale": options.scale, "demographics": options.demographics, "covariates": covariates}
    ratings, read, _ = runner.clocked(lambda: ps.read_ratings(options.data, **columns))
    fit, wall, cpu = runner.clocked(lambda: ps.fit(ratings, options.formula, **model))
    sds = fit.parameters[fit.parameters["kind"].isin(["sd", "residual_sd"])]
    found = dict(zip(sds["term"], sds["estimate"], strict=True))
    runner.report(read=read, wall=wall, cpu=cpu, loglik=fit.loglik, sds=runner.sd_text(found))


if __name__ == "__main__":
    main()
