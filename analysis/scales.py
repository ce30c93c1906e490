"""What fewer answers do to effects and labels: the same ratings on 5, 3 and 2 points.

    python analysis/scales.py analysis/popquorn.toml --data popquorn_offensiveness.csv.gz --out results/scales

Prints and writes to ``--out``: the effects of all demographics on every scale in units that compare (standardised
latent difference, percent of the scale's range, and points), how the labels of items change (rank correlation with the
finest scale, ties of the majority, entropy), the rule for the middle answer, tables as CSV and LaTeX, the figure as SVG
and PNG, and run.json with all that is needed to repeat the run. Rating points of different scales do not compare. This
is the side of the ratings; what training on them does is ``alignment.compare_arms`` of models trained on each.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pluralstats.figures as figures
from scipy.stats import spearmanr

import pluralstats as ps

ESTIMANDS = ("latent_d", "percent_of_range", "points")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=Path, help="study file (TOML)")
    parser.add_argument("--data", type=Path, help="file with the ratings, instead of the study's own")
    parser.add_argument("--dimension", help="one dimension of the ratings; default the first")
    parser.add_argument("--answers", type=int, nargs="+", default=[3, 2], help="coarser scales, besides the file's own")
    parser.add_argument(
        "--midpoint", choices=["up", "down"], default="up", help="side of the middle answer on 2 points"
    )
    parser.add_argument("--method", choices=["hmc", "laplace"], default="hmc")
    parser.add_argument("--out", type=Path, default=Path("results/scales"))
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)

    config = ps.StudyConfig.read(options.study)
    ratings = ps.read_ratings(config.data_path(options.data), **config.ratings_options())
    if ratings.dimensions:
        ratings = ratings.select(dimension=options.dimension or ratings.dimensions[0])
    print(ratings)
    scales = {ratings.scale.K: ratings}
    for n in options.answers:
        scales[n] = ratings.collapse(n, midpoint=options.midpoint if n % 2 == 0 and ratings.scale.K % 2 else None)
        print(f"{n} answers: {scales[n].policies['detail'].iloc[-1]}; {scales[n].policies['policy'].iloc[-1]}")

    fits, parts = {}, []
    for n, part in scales.items():
        fits[n] = ps.fit(
            part,
            config.model.formula,
            family=config.model.family,
            link=config.model.link,
            method=options.method,
            seed=config.seed,
            cache=options.out / "fits",
            on_problem="ignore",
        )
        print(f"\n{n} answers: " + ("\n".join(fits[n].problems) or "no problems"))
        parts.append(ps.effects(fits[n], estimands=ESTIMANDS).assign(answers=n))
    effects = show(pd.concat(parts, ignore_index=True), "scale_effects", options.out)
    finest = ratings.scale.K
    compared = show(width_table(effects, finest), "scale_widths", options.out)
    labels = show(
        pd.DataFrame([label_row(n, part, ratings) for n, part in scales.items()]), "scale_labels", options.out
    )

    for estimand in ESTIMANDS[:2]:
        figures.style.save(figures.scale_collapse(effects, estimand=estimand), options.out / f"scales_{estimand}")
    run = {"fits": {n: fit.provenance for n, fit in fits.items()}, "study": config.source, "midpoint": options.midpoint}
    run |= {"widths": compared.to_dict("records"), "labels": labels.to_dict("records")}
    (options.out / "run.json").write_text(json.dumps(run, indent=1, default=str) + "\n", encoding="utf-8")
    return 0


def width_table(effects: pd.DataFrame, finest: int) -> pd.DataFrame:
    """Per scale and estimand: median width of intervals over that on the finest scale, and effects that stay clear."""
    keys = ["demographic", "level", "reference"]
    rows = []
    for (estimand, n), part in effects.groupby(["estimand", "answers"], sort=False):
        own = part.set_index(keys)
        fine = effects[(effects["estimand"] == estimand) & (effects["answers"] == finest)].set_index(keys)
        width = (own["upper"] - own["lower"]) / (fine["upper"] - fine["lower"])
        clear = (fine["lower"] > 0) | (fine["upper"] < 0)
        same = np.sign(own["estimate"]) == np.sign(fine["estimate"])
        still = clear & same & ((own["lower"] > 0) | (own["upper"] < 0))
        row = {"estimand": estimand, "answers": n, "width_ratio": width.median(), "n_effects": len(own)}
        rows.append(row | {"clear_on_finest": int(clear.sum()), "still_clear": int(still.sum())})
    return pd.DataFrame(rows)


def label_row(n: int, part: ps.Ratings, finest: ps.Ratings) -> dict[str, float]:
    """Labels of items by their raw ratings: ranks against the finest scale, ties of the majority, entropy."""
    counts = pd.crosstab(part.frame["item"], part.frame["rating"]).to_numpy(float)
    shares = counts / counts.sum(axis=1, keepdims=True)
    logs = np.log(shares, where=shares > 0, out=np.zeros_like(shares))
    ties = (counts == counts.max(axis=1, keepdims=True)).sum(axis=1) > 1
    fine = finest.items.set_index("item")["mean"]
    own = part.items.set_index("item")["mean"].loc[fine.index]
    return {
        "answers": n,
        "rank_correlation_of_means": float(spearmanr(fine, own).statistic),
        "majority_ties_percent": 100.0 * float(ties.mean()),
        "mean_entropy_nats": float(-(shares * logs).sum(axis=1).mean()),
        "entropy_percent_of_most": 100.0 * float(-(shares * logs).sum(axis=1).mean() / np.log(part.scale.K)),
        "n_items": len(counts),
    }


def show(table: pd.DataFrame, name: str, out: Path) -> pd.DataFrame:
    """Print a table and write it as CSV and LaTeX."""
    print(f"\n{name}\n{table.round(3).to_string(index=False)}")
    for kind in ("csv", "tex"):
        ps.export_table(table, out / f"{name}.{kind}")
    return table


if __name__ == "__main__":
    raise SystemExit(main())
