"""Whose labels describe raters who were not there: those of which model, or of no model?

    python analysis/held_out_raters.py analysis/popquorn.toml --data popquorn_offensiveness.csv.gz --out results/held
    python analysis/held_out_raters.py --simulated --out results/held_simulated

Raters are divided into folds. In each, every method makes a label of each item from the ratings of the other raters:
the probability of every answer by a new rater. Its loss is -log of the probability that it gave to what the held-out
raters answered (nats a rating; smaller is better). Ratings of items that no training rater rated are left out, for all
methods.

Methods: the models of ``MODELS`` (``ps.label_distributions``: new raters of the raters' population, averaged over
draws); ``smoothed shares`` ((counts + m overall shares) / (n + m), m chosen among the training raters), ``shares + 1``
(m = 1); ``Dawid-Skene`` (probabilities of a true answer, mixed with the overall shares as is best among the training
raters), ``Dawid-Skene, confused`` (what raters say of such true answers, by the confusion matrix of all raters
together); ``overall shares`` (the same label for all items); ``truth`` for ``--simulated``: three answers, about eight
ratings an item, as in the Global Warming Stance Dataset (Luo, Card & Jurafsky 2020), with raters of different noise and
use of the scale. On a scale of two answers models with ``stretch`` are left out.

Laplace's method is quick and finds too little noise of raters where items have few ratings: on POPQUORN (nine an item)
it says sd(disc: rater) 0.02 beside a stretch by rater, and the exact posterior 0.28. ``--method hmc`` is for
numbers to report.

Differences are of the same ratings. ``se_raters`` and ``se_items`` are standard errors of a mean over clusters: all
ratings of a rater (an item) may go together. Written to ``--out``: scores.csv, smoothing.csv, run.json.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from held_out_baselines import Rows, baselines, rows_of
from scipy.special import ndtr

import pluralstats as ps

FORMULA = "rating ~ 1 + (1 | item) + (1 | rater)"
MODELS: dict[str, dict[str, Any]] = {
    "plain": {},
    "disc": {"disc": "~ (1 | rater)"},
    "stretch": {"stretch": "~ (1 | rater)"},
    "disc + stretch": {"disc": "~ (1 | rater)", "stretch": "~ (1 | rater)"},
    "disc of items": {"disc": "~ (1 | item)"},
}
LIKE_GWSD: dict[str, Any] = {
    "scale": ("disagree", "neutral", "agree"),
    "demographics": {"party": {"Democrat": 0.5, "Republican": 0.3, "independent": 0.2}},
    "effects": {"party[Republican]": -0.3},
    "thresholds": (-0.7, 0.6),
    "sd_item": 1.2,
    "sd_rater": 0.4,
    "sd_disc_rater": 0.4,
    "sd_stretch_rater": 0.4,
}
REFERENCES = ("smoothed shares", "plain")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=Path, nargs="?", help="study file (TOML)")
    parser.add_argument("--simulated", action="store_true", help="simulated ratings instead, with their truth")
    parser.add_argument("--sizes", type=int, nargs=3, default=[400, 2000, 40], help="raters, items, ratings a rater")
    parser.add_argument("--data", type=Path, help="file with the ratings, instead of the study's own")
    parser.add_argument("--dimension", help="one dimension of the ratings; default the first")
    parser.add_argument("--formula", default=FORMULA)
    parser.add_argument("--models", nargs="+", choices=list(MODELS), default=list(MODELS))
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--method", choices=["laplace", "hmc"], default="laplace", help="laplace has priors here")
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("results/held_out"))
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)

    ratings = ratings_of(options)
    items = pd.Index(ratings.items["item"].astype(str))
    rows, models = rows_of(ratings, items), fittable(options.models, ratings)
    fold = np.random.default_rng(options.seed).permutation(np.arange(ratings.n_raters) % options.folds)[rows.rater]
    print(ratings)
    losses, smoothing = [], []
    for k in range(options.folds):
        train, held_out = ratings.where(fold != k), rows.part(fold == k)
        labels, amounts = baselines(train, items, options.seed)
        labels |= {name: model_labels(train, items, MODELS[name], options) for name in models}
        losses.append(loss_table(labels, held_out, rated=rows.part(fold != k).counts.sum(axis=1) > 0))
        smoothing.append({"fold": k + 1} | amounts)
        print(f"fold {k + 1}: {train.n_raters} raters to learn from, {len(losses[-1])} ratings of others; {amounts}")
    found = pd.concat(losses, ignore_index=True)
    if ratings.truth is not None:
        answered = found[["item", "answer"]].to_numpy()
        found["truth"] = -np.log(true_labels(ratings, items)[answered[:, 0], answered[:, 1]])

    scores = scored(found)
    print(f"\n{len(found)} of {len(rows.item)} ratings; the other {len(rows.item) - len(found)} are of items that only")
    print(f"held-out raters rated\n\n{scores.round(4).to_string(index=False)}")
    ps.export_table(scores, options.out / "scores.csv")
    ps.export_table(pd.DataFrame(smoothing), options.out / "smoothing.csv")
    run = {key: str(value) if isinstance(value, Path) else value for key, value in vars(options).items()}
    run |= {"models": {name: MODELS[name] for name in models}, "data_hash": ratings.data_hash, "n": len(found)}
    (options.out / "run.json").write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
    return 0


def ratings_of(options: argparse.Namespace) -> ps.Ratings:
    """The ratings of the study file, or simulated ones, of one dimension."""
    if options.simulated:
        return ps.simulate(*options.sizes, **LIKE_GWSD, seed=options.seed)
    config = ps.StudyConfig.read(options.study)
    ratings = ps.read_ratings(config.data_path(options.data), **config.ratings_options())
    return ratings.select(options.dimension or ratings.dimensions[0]) if ratings.dimensions else ratings


def fittable(models: list[str], ratings: ps.Ratings) -> list[str]:
    """The models that the scale has enough answers for."""
    left = [name for name in models if "stretch" not in name or ratings.scale.K > 2]
    if without := [name for name in models if name not in left]:
        print(f"Left out: {', '.join(without)} (a scale of two answers has no use of the scale).")
    return left


def model_labels(
    train: ps.Ratings, items: pd.Index, arguments: dict[str, str], options: argparse.Namespace
) -> np.ndarray:
    """(n_items, K) labels by new raters; not a number for items without ratings."""
    settings = {"method": options.method, "draws": options.draws, "seed": options.seed, "on_problem": "ignore"}
    fit = ps.fit(train, options.formula, priors=ps.Priors(), **settings, **arguments)
    table = ps.label_distributions(fit).table.set_index("item")[[f"p_{label}" for label in train.scale.labels]]
    return table.set_axis(table.index.astype(str)).reindex(items).to_numpy()


def loss_table(labels: dict[str, np.ndarray], held_out: Rows, rated: np.ndarray) -> pd.DataFrame:
    """One row for each held-out rating of an item that was ``rated``: item, rater, answer, and each method's loss."""
    rows = held_out.part(rated[held_out.item])
    table = pd.DataFrame({"item": rows.item, "rater": rows.rater, "answer": rows.answer})
    return table.assign(**{name: -np.log(p[rows.item, rows.answer]) for name, p in labels.items()})


def scored(found: pd.DataFrame) -> pd.DataFrame:
    """A row for each method: mean loss, and differences to the references with standard errors."""
    rows = []
    for name in found.columns.drop(["item", "rater", "answer"]):
        row = {"method": name, "log_loss": found[name].mean()}
        for reference in (one for one in REFERENCES if one in found):
            difference = found[name] - found[reference]
            row[f"minus {reference}"] = difference.mean()
            row |= {f"se_{of}s, {reference}": clustered_se(difference, found[of]) for of in ("rater", "item")}
        rows.append(row)
    return pd.DataFrame(rows).sort_values("log_loss", ignore_index=True)


def clustered_se(values: pd.Series, cluster: pd.Series) -> float:
    """Standard error of the mean of values that go together within clusters."""
    sums = (values - values.mean()).groupby(cluster).sum()
    return float(np.sqrt(len(sums) / (len(sums) - 1) * (sums**2).sum()) / len(values))


def true_labels(ratings: ps.Ratings, items: pd.Index, n: int = 4000) -> np.ndarray:
    """(n_items, K) by the parameters that made the ratings, over ``n`` new raters drawn from their population."""
    truth, rng = ratings.truth, np.random.default_rng(1)
    sd = truth.sds.set_index("term")["value"]
    rater, v, a = (rng.standard_normal(n) * sd.get(term, 0.0) for term in ("rater", "disc: rater", "stretch: rater"))
    (name,) = ratings.demographics
    level = ratings.raters[name].sample(n, replace=True, random_state=1)
    effects = truth.coefficients.set_index("parameter")["value"]
    rater = rater + np.array([effects.get(f"{name}[{one}]", 0.0) for one in level])
    own = truth.random_effects.query("term == 'item'").set_index("group")["value"].loc[items].to_numpy()
    tau = truth.thresholds["all"]
    cuts = tau.mean() + np.exp(a)[:, None] * (tau - tau.mean())
    below = np.stack([ndtr((cuts - (u + rater)[:, None]) / np.exp(v)[:, None]).mean(axis=0) for u in own])
    return np.diff(below, axis=1, prepend=0.0, append=1.0)


if __name__ == "__main__":
    raise SystemExit(main())
