"""How much people disagree, whether along groups, and about which items.

    python analysis/disagreement.py analysis/crehate.toml --data crehate_ratings.csv.gz --out results/disagreement

Prints and writes to ``--out``: variance shares, agreement and reliability for everybody and within groups, cohesion of
groups with the permutation null (GRASP), disagreement item by item, and the items that split the groups of ``--by``,
from a model in which the gap differs by item. Tables as CSV and LaTeX, figures as SVG and PNG, run.json with all that
is needed to repeat the run.
"""

import argparse
import json
from pathlib import Path

import pandas as pd
import pluralstats.figures as figures

import pluralstats as ps


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=Path, help="study file (TOML)")
    parser.add_argument("--data", type=Path, help="file with the ratings, instead of the study's own")
    parser.add_argument("--dimension", help="one dimension of the ratings; default the first")
    parser.add_argument("--by", help="the demographic whose groups are compared; default the first")
    parser.add_argument("--margin", type=float, default=0.1, help="rating points that a gap must exceed")
    parser.add_argument("--method", choices=["hmc", "laplace"], default="hmc")
    parser.add_argument("--replicates", type=int, default=500, help="bootstrap replicates and permutations")
    parser.add_argument("--out", type=Path, default=Path("results/disagreement"))
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)

    config = ps.StudyConfig.read(options.study)
    ratings = ps.read_ratings(config.data_path(options.data), **config.ratings_options())
    if ratings.dimensions:
        ratings = ratings.select(dimension=options.dimension or ratings.dimensions[0])
    by = options.by or ratings.demographics[0]
    print(ratings)

    others = " + ".join(ratings.demographics)
    formula = f"rating ~ {others} + (1 + {by} | item) + (1 | rater)"
    fit = ps.fit(
        ratings,
        formula,
        family=config.model.family,
        link=config.model.link,
        method=options.method,
        seed=config.seed,
        cache=options.out / "fits",
        on_problem="ignore",
    )
    print(f"\n{formula}")
    print("\n".join(f"  ! {problem}" for problem in fit.problems) or "  no problems")
    show(fit.parameters, "parameters", options.out)
    shares = show(ps.variance_shares(fit), "variance_shares", options.out)
    show(ps.reliability(fit), "reliability", options.out)
    show(ps.raters_needed(fit), "raters_needed", options.out)

    coefficients = ("alpha_ordinal", "ac2", "percent")
    found = ps.agreement(ratings, by=by, coefficients=coefficients, bootstrap="both", replicates=options.replicates)
    agreement = show(found, "agreement", options.out)
    groups = ps.cohesion(
        ratings, list(ratings.demographics), permutations=options.replicates, replicates=options.replicates
    )
    show(groups, "cohesion", options.out)
    show(ps.diversity_sensitivity(groups), "diversity", options.out)
    items = ps.item_disagreement(ratings)
    write(items, "item_disagreement", options.out)
    gaps = ps.contested_items(fit, by, margin=options.margin)
    write(gaps, "contested_items", options.out)
    print("\nmost contested items")
    print(gaps.groupby("level", sort=False).head(8).round(3).to_string(index=False))
    sure = gaps["p_exceeds"] > 0.95
    print(f"\n{int(sure.sum())} of {len(gaps)} gaps exceed {options.margin:g} rating points with 95% probability")

    pictures = {
        "variance_shares": figures.variance_shares(shares),
        "agreement": figures.agreement(agreement),
        "cohesion": figures.cohesion(groups),
        "association": figures.association(groups),
        "item_disagreement": figures.item_disagreement(items, scale=ratings.scale),
        "contested_items": figures.contested(gaps, margin=options.margin, scale=ratings.scale),
    }
    for name, axes in pictures.items():
        figures.style.save(axes, options.out / name)
    run = {"fit": fit.provenance, "study": config.source, "by": by, "margin": options.margin}
    run |= {"replicates": options.replicates}
    (options.out / "run.json").write_text(json.dumps(run, indent=1, default=str) + "\n", encoding="utf-8")
    return 0


def show(table: pd.DataFrame, name: str, out: Path) -> pd.DataFrame:
    """Print a table and write it."""
    print(f"\n{name}\n{table.round(3).to_string(index=False)}")
    return write(table, name, out)


def write(table: pd.DataFrame, name: str, out: Path) -> pd.DataFrame:
    """A table as CSV and LaTeX."""
    for kind in ("csv", "tex"):
        ps.export_table(table, out / f"{name}.{kind}")
    return table


if __name__ == "__main__":
    raise SystemExit(main())
