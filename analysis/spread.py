"""Same opinions, more noise: what models say of a group whose answers scatter 1.5 times as widely.

    python analysis/spread.py --out results/spread

SIMULATED studies. The two groups have the same latent opinions; the answers of one have 1.5 times the latent noise
(``disc``: log 1.5). Most answers are at the low end of the scale, so that noise moves them up: the groups differ in
rating points although nobody holds another opinion. A model without a noise part has only one place for that, the
difference of opinion, and reports it as clear; a score test among its problems names the part that is missing. Each of
``--studies`` studies is fitted by every model of ``MODELS``. Printed and written to ``--out``: the latent difference
(truth: 0) and the difference in points (truth: by closed form) of each study with 95% intervals, how many of them are
clear (the interval leaves out 0), the noise of the group where the model has one (truth: log 1.5 = 0.41), what the fit
and its predictive checks say, and, where a model has both noise and use of the scale, how much of the difference in
points comes from place, noise and use of the scale; tables as CSV and LaTeX, run.json with all that is needed to
repeat the run.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

import pluralstats as ps

SPREAD = 1.5
DESIGN: dict[str, Any] = {
    "scale": (1, 7),
    "thresholds": (0.5, 0.8, 1.1, 1.4, 1.7, 2.0),  # 64% of the reference group's answers are 1
    "sd_rater": 0.6,
    "sd_item": 0.8,
    "effects": {},
    "disc": {"gender[male]": np.log(SPREAD)},
}
FORMULA = "rating ~ gender + (1 | item) + (1 | rater)"
MODELS: dict[str, dict[str, Any]] = {
    "plain": {},
    "disc": {"disc": "~ gender"},
    "stretch": {"stretch": "~ gender"},
    "disc + stretch": {"disc": "~ gender", "stretch": "~ gender"},
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=12)
    parser.add_argument("--raters", type=int, default=600)
    parser.add_argument("--items", type=int, default=100)
    parser.add_argument("--ratings-per-rater", type=int, default=20)
    parser.add_argument("--models", nargs="+", choices=list(MODELS), default=list(MODELS))
    parser.add_argument("--method", choices=["hmc", "laplace"], default="laplace")
    parser.add_argument("--out", type=Path, default=Path("results/spread"))
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)

    sizes = (options.raters, options.items, options.ratings_per_rater)
    rows: list[dict[str, Any]] = []
    sources: list[pd.DataFrame] = []
    fits: dict[str, Any] = {}
    for seed in range(1, options.studies + 1):
        ratings = study(seed, *sizes)
        for name in options.models:
            fit = ps.fit(ratings, FORMULA, **MODELS[name], method=options.method, seed=seed, on_problem="ignore")
            rows.append({"study": seed, "model": name} | found(fit))
            if MODELS[name].keys() >= {"disc", "stretch"}:
                sources.append(ps.difference_sources(fit, "gender").assign(study=seed, model=name))
            fits.setdefault(name, fit.provenance)
    studies = show(pd.DataFrame(rows), "spread_studies", options.out)
    table = show(summary(studies), "spread_models", options.out)
    if sources:
        show(summary_of_sources(pd.concat(sources)), "spread_sources", options.out)

    truth = {"latent": 0.0, "points": true_points(), "log_noise": float(np.log(SPREAD))}
    print(f"\nSIMULATED: the true latent difference is 0, the true difference in points is {truth['points']:+.2f}")
    run = {"design": DESIGN, "sizes": sizes, "studies": options.studies, "truth": truth, "fits": fits}
    run |= {"models": table.to_dict("records")}
    (options.out / "run.json").write_text(json.dumps(run, indent=1, default=str) + "\n", encoding="utf-8")
    return 0


def study(seed: int, n_raters: int = 600, n_items: int = 100, ratings_per_rater: int = 20) -> ps.Ratings:
    """One study of the design."""
    return ps.simulate(n_raters, n_items, ratings_per_rater, **DESIGN, seed=seed)


def true_points() -> float:
    """E[Y | male] - E[Y | female]: E[Y] = 1 + sum_k P(Y > k), and eta + s e is normal with variance v + s^2."""
    tau, v = np.array(DESIGN["thresholds"]), DESIGN["sd_rater"] ** 2 + DESIGN["sd_item"] ** 2
    return float((ndtr(-tau / np.sqrt(v + SPREAD**2)) - ndtr(-tau / np.sqrt(v + 1.0))).sum())


def found(fit: ps.Fit) -> dict[str, Any]:
    """What a fit says of the groups, and of itself."""
    of = fit.parameters.set_index("parameter")
    points = ps.effects(fit, "gender", estimands="points").iloc[0]
    row = {"latent": of.loc["gender[male]", "estimate"], "latent_lower": of.loc["gender[male]", "lower"]}
    row |= {"latent_upper": of.loc["gender[male]", "upper"], "points": points["estimate"]}
    row |= {"points_lower": points["lower"], "points_upper": points["upper"], "raw_points": points["raw"]}
    for part in ("disc", "stretch"):
        name = f"{part}: gender[male]"
        row[part] = of.loc[name, "estimate"] if name in of.index else np.nan
    sentences = ps.predictive_problems(ps.predictive_checks(fit))
    named = [part for part in ("disc", "stretch") if any(f"Fit {part}='~ gender'" in said for said in fit.problems)]
    row |= {"problems": len(fit.problems), "named": " ".join(named), "predictive_problems": len(sentences)}
    return row | {"loglik": fit.loglik}


def summary(studies: pd.DataFrame) -> pd.DataFrame:
    """Means over studies, their standard errors, and how many studies are clear."""
    rows = []
    for model, part in studies.groupby("model", sort=False):
        row: dict[str, Any] = {"model": model, "studies": len(part)}
        for name in ("latent", "points"):
            row[name] = part[name].mean()
            row[f"{name}_se"] = part[name].sem()
            row[f"{name}_clear"] = int(((part[f"{name}_lower"] > 0) | (part[f"{name}_upper"] < 0)).sum())
        row |= {"raw_points": part["raw_points"].mean(), "disc": part["disc"].mean(), "stretch": part["stretch"].mean()}
        row |= {name: int((part[name] > 0).sum()) for name in ("problems", "predictive_problems")}
        row |= {f"named_{name}": int(part["named"].str.contains(name).sum()) for name in ("disc", "stretch")}
        rows.append(row)
    return pd.DataFrame(rows)


def summary_of_sources(table: pd.DataFrame) -> pd.DataFrame:
    """What each source adds to the difference in points: mean over studies, its standard error, clear studies."""
    clear = table.assign(clear=(table["lower"] > 0) | (table["upper"] < 0))
    of_source = clear.groupby(["model", "source"], sort=False)
    return of_source.agg(
        studies=("study", "nunique"), points=("estimate", "mean"), points_se=("estimate", "sem"), clear=("clear", "sum")
    ).reset_index()


def show(table: pd.DataFrame, name: str, out: Path) -> pd.DataFrame:
    """Print a table and write it as CSV and LaTeX."""
    print(f"\n{name}\n{table.round(3).to_string(index=False)}")
    for kind in ("csv", "tex"):
        ps.export_table(table, out / f"{name}.{kind}")
    return table


if __name__ == "__main__":
    raise SystemExit(main())
