"""One linear mixed model with crossed effects by statsmodels MixedLM: one group, variance components."""

import numpy as np
import pandas as pd
import runner
import statsmodels
import statsmodels.formula.api as smf


def main(argv: list[str] | None = None) -> None:
    options = runner.arguments(argv, __doc__)
    runner.report(floor=runner.peak())
    frame, read, _ = runner.clocked(lambda: pd.read_parquet(options.data))
    fixed = "rating ~ " + " + ".join([*options.demographics, *options.covariates])
    components = {name: f"0 + C({name})" for name in options.groups}

    def fit():
        model = smf.mixedlm(fixed, frame, groups=np.ones(len(frame)), vc_formula=components, use_sparse=True)
        return model.fit(reml=False)

    found, wall, cpu = runner.clocked(fit)
    sds = dict(zip(found.model.exog_vc.names, np.sqrt(found.vcomp), strict=True)) | {"residual": np.sqrt(found.scale)}
    runner.report(version=f"statsmodels {statsmodels.__version__}", read=read, wall=wall, cpu=cpu)
    runner.report(loglik=found.llf, sds=runner.sd_text(sds))


if __name__ == "__main__":
    main()
