"""One linear mixed model by GPBoost, standard errors included; grouping columns are given as whole numbers."""

import gpboost
import numpy as np
import pandas as pd
import runner


def main(argv: list[str] | None = None) -> None:
    options = runner.arguments(argv, __doc__)
    runner.report(floor=runner.peak())
    frame, read, _ = runner.clocked(lambda: pd.read_parquet(options.data))
    groups = np.column_stack([pd.factorize(frame[name])[0] for name in options.groups])
    fixed = pd.get_dummies(frame[[*options.demographics, *options.covariates]], drop_first=True, dtype=float)
    X = np.column_stack([np.ones(len(frame)), fixed.to_numpy()])
    y = frame["rating"].to_numpy(float)

    def fit() -> tuple[gpboost.GPModel, np.ndarray]:
        model = gpboost.GPModel(group_data=groups, likelihood="gaussian")
        model.fit(y=y, X=X)
        model.get_coef(std_err=True, format_pandas=False)
        return model, np.atleast_2d(model.get_cov_pars(std_err=True, format_pandas=False))

    (model, variances), wall, cpu = runner.clocked(fit)
    sds = dict(zip(["residual", *options.groups], np.sqrt(variances[0]), strict=True))
    loglik = -float(model.get_current_neg_log_likelihood())
    runner.report(version=f"GPBoost {gpboost.__version__}", read=read, wall=wall, cpu=cpu)
    runner.report(loglik=loglik, sds=runner.sd_text(sds))


if __name__ == "__main__":
    main()
