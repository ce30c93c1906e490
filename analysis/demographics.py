"""Who rates how: a ladder of models from no demographics to intersections and items that split groups.

    python analysis/demographics.py analysis/popquorn.toml --data popquorn_offensiveness.csv.gz --out results/who

The ladder is that of the neighbouring papers (Homan et al. 2024, arXiv 2306.11530; Hu & Collier 2024):

    none           rating ~ 1 + (1 | item) + (1 | rater)
    main effects   every demographic of the study
    interactions   the first demographic times each of the others
    intersections  main effects + (1 | all demographics crossed)
    by item        main effects, and a gap of the first demographic that differs by item

fitted to the same ratings and compared by leave-one-rating-out. Written to ``--out``: comparison, R2, effects,
pairwise contrasts (Holm), robustness and intersections as CSV and LaTeX, figures as SVG and PNG, and run.json with all
that is needed to repeat the run.
"""

import argparse
import json
import warnings
from pathlib import Path

import pandas as pd
import pluralstats.figures as figures

import pluralstats as ps


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=Path, help="study file (TOML)")
    parser.add_argument("--data", type=Path, help="file with the ratings, instead of the study's own")
    parser.add_argument("--dimension", help="one dimension of the ratings; default the first")
    parser.add_argument("--method", choices=["hmc", "laplace"], default="hmc")
    parser.add_argument("--out", type=Path, default=Path("results/demographics"))
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)

    config = ps.StudyConfig.read(options.study)
    ratings = ps.read_ratings(config.data_path(options.data), **config.ratings_options())
    if ratings.dimensions:
        ratings = ratings.select(dimension=options.dimension or ratings.dimensions[0])
    print(ratings)

    fits = {}
    for name, formula in ladder(ratings).items():
        fits[name] = ps.fit(
            ratings,
            formula,
            family=config.model.family,
            link=config.model.link,
            method=options.method,
            seed=config.seed,
            cache=options.out / "fits",
            on_problem="ignore",
        )
        print(f"\n{name}: {formula}")
        print("\n".join(f"  ! {problem}" for problem in fits[name].problems) or "  no problems")

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        show(ps.compare(fits, by="rating"), "comparison", options.out)
    explained = pd.concat([ps.r2(fit).assign(model=name) for name, fit in fits.items()], ignore_index=True)
    show(explained, "r2", options.out)
    best = fits["main effects"]
    estimand = config.estimands[0]
    effects = show(ps.effects(best, estimands=estimand), "effects", options.out)
    pairs = [ps.contrasts(best, name, estimands=estimand, adjust="holm") for name in ratings.demographics]
    show(pd.concat(pairs, ignore_index=True), "pairwise", options.out)
    methods = show(ps.robustness(best), "robustness", options.out)
    cells = show(ps.intersections(fits["intersections"]), "intersections", options.out)
    show(ps.intersection_shares(fits["intersections"]), "intersection_shares", options.out)

    figures.style.save(figures.forest(effects, estimand=effects["estimand"].iloc[0]), options.out / "effects")
    figures.style.save(figures.robustness(methods), options.out / "robustness")
    figures.style.save(figures.intersections(cells), options.out / "intersections")
    run = {name: fit.provenance for name, fit in fits.items()} | {"study": config.source}
    (options.out / "run.json").write_text(json.dumps(run, indent=1, default=str) + "\n", encoding="utf-8")
    return 0


def ladder(ratings: ps.Ratings) -> dict[str, str]:
    """Model name -> formula."""
    first, *others = ratings.demographics
    effects, crossed = " + ".join(ratings.demographics), ":".join(ratings.demographics)
    terms = "(1 | item) + (1 | rater)"
    models = {"none": f"rating ~ 1 + {terms}", "main effects": f"rating ~ {effects} + {terms}"}
    if others:
        models["interactions"] = f"rating ~ {first} * ({' + '.join(others)}) + {terms}"
        models["intersections"] = f"rating ~ {effects} + (1 | {crossed}) + {terms}"
    return models | {"by item": f"rating ~ {effects} + (1 + {first} | item) + (1 | rater)"}


def show(table: pd.DataFrame, name: str, out: Path) -> pd.DataFrame:
    """Print a table and write it as CSV and LaTeX."""
    print(f"\n{name}\n{table.round(3).to_string(index=False)}")
    for kind in ("csv", "tex"):
        ps.export_table(table, out / f"{name}.{kind}")
    return table


if __name__ == "__main__":
    raise SystemExit(main())
