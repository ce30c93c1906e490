"""Which pair probabilities describe raters who were not there: those of the posterior, of shares, or of majorities?

    python analysis/pair_calibration.py analysis/popquorn.toml --data popquorn_offensiveness.csv.gz --out results/pairs
    python analysis/pair_calibration.py --simulated --out results/pairs_simulated

Raters are divided into folds. In each, models are fitted to the other raters, and every method says with what
probability a held-out rater puts one item above another, for pairs of items that this rater rated (at most ``--pairs``,
drawn at random; items without other ratings are left out). Outcomes are 1, 0, and 1/2 for equal ratings. Ties are
treated in three ways: ``half``, counted as 1/2 (what p is made for); ``left out``, the same p held against the other
pairs only; ``given no tie``, those pairs held against P(a above b) / (1 - P(tie)), which every method that gives
probabilities of ties is asked for too.

Methods: ``posterior`` (rule "rater", all raters); ``posterior by X`` (the rater's own group, from a model in which gaps
between groups differ by item); ``shares`` (two independent raters from the ratings of each item); ``shares by X`` (from
those of the rater's own group, 1/2 where there are none); ``shares + m`` (with m more ratings spread as all ratings
are); ``majority``, ``mean`` (1, 0, 1/2); ``constant`` (1/2); for simulated ratings ``truth`` (the parameters that made
them). Probabilities are kept ``--clip`` away from 0 and 1; ``own_clip`` is the log-loss of a method with the clip that
suits it best on these very outcomes, which flatters it.

Intervals are 95% percentile intervals of a bootstrap of held-out raters (all pairs of a rater together); differences
are resampled as differences. Written to ``--out``: scores.csv, calibration.csv, run.json.
"""

import argparse
import json
import warnings
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from pair_scoring import calibration, scored, smoothed_shares, subsets
from scipy.stats import norm

import pluralstats as ps
from pluralstats.labels.pairs.posterior.layout import (
    Dimension,
    dimension_layout,
    item_offsets,
    profile_predictors,
    shared_covariance,
)
from pluralstats.labels.pairs.posterior.model import pair_model
from pluralstats.labels.pairs.posterior.raters import rater_nodes
from pluralstats.labels.pairs.responses import Candidates
from pluralstats.labels.pairs.source import POSTERIOR, Asked
from pluralstats.labels.pairs.sources import source_of
from pluralstats.labels.pairs.targets import groups_of, targets_of
from pluralstats.labels.utilities import UNNAMED

PSEUDO = (1, 5)  # ratings added to the shares of every item
TIE_DRAWS = 50


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=Path, nargs="?", help="study file (TOML)")
    parser.add_argument("--simulated", action="store_true", help="the simulated seed study instead, with its truth")
    parser.add_argument("--data", type=Path, help="file with the ratings, instead of the study's own")
    parser.add_argument("--dimension", help="one dimension of the ratings; default the first")
    parser.add_argument("--by", nargs="+", help="demographics; default the first two")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--pairs", type=int, default=100, help="pairs of each held-out rater, at most")
    parser.add_argument("--method", choices=["laplace", "hmc"], default="laplace", help="laplace has priors here")
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--clip", type=float, default=0.01)
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("results/pairs"))
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)

    ratings = ratings_of(options)
    by = options.by or list(ratings.demographics[:2])
    rng = np.random.default_rng(options.seed)
    print(ratings)
    fold = pd.Series(rng.permutation(np.arange(ratings.n_raters) % options.folds), index=ratings.raters["rater"])
    observed = outcomes(ratings, options.pairs, rng)
    held_out = observed["rater"].map(fold.set_axis(fold.index.astype(str))).to_numpy(int)
    parts = []
    for k in range(options.folds):
        train = part_of(ratings, fold[fold != k].index)
        part = observed[held_out == k]
        both = part["a"].isin(train.items["item"]) & part["b"].isin(train.items["item"])
        parts.append(predictions(train, part[both].reset_index(drop=True), by, options))
        print(
            f"fold {k + 1}: {train.n_raters} raters to learn from, {part['rater'].nunique()} held out, "
            f"{both.sum()} of {len(part)} pairs of items that both have ratings"
        )
    made = pd.concat(parts, ignore_index=True)
    if ratings.truth is not None:
        made["p: truth"] = true_probabilities(ratings, made)
    print(
        f"{len(made)} pairs by {made['rater'].nunique()} held-out raters, {100 * (made['y'] == 0.5).mean():.1f}% ties"
    )

    scores = pd.concat(
        [scored(part, name, options.clip, options.replicates, options.seed) for name, part in subsets(made, by)],
        ignore_index=True,
    )
    curve = calibration(made)
    print(scores[scores["subset"] == "all"].round(4).to_string(index=False))
    print(scores[scores["subset"] != "all"].round(4).to_string(index=False))
    print(curve.round(3).to_string(index=False))
    ps.export_table(scores, options.out / "scores.csv")
    ps.export_table(curve, options.out / "calibration.csv")
    run = {key: str(value) if isinstance(value, Path) else value for key, value in vars(options).items()}
    run |= {"by": by, "data_hash": ratings.data_hash, "formulas": [formula_of(ratings, name) for name in (None, *by)]}
    (options.out / "run.json").write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
    return 0


def ratings_of(options: argparse.Namespace) -> ps.Ratings:
    """The ratings of the study file, or simulated ones, of one dimension."""
    if options.simulated:
        ratings = ps.simulate_seed_study(seed=options.seed)
    else:
        config = ps.StudyConfig.read(options.study)
        ratings = ps.read_ratings(config.data_path(options.data), **config.ratings_options())
    return ratings.select(options.dimension or ratings.dimensions[0]) if ratings.dimensions else ratings


def part_of(ratings: ps.Ratings, raters: pd.Index) -> ps.Ratings:
    """The ratings by some raters."""
    frame = ratings.frame[ratings.frame["rater"].isin(raters)]
    labels = pd.Categorical.from_codes(frame["rating"], list(ratings.scale.labels))
    frame = frame.assign(rating=labels).drop(columns=[c for c in ("dimension",) if c in frame])
    reference = {name: ratings.frame[name].cat.categories[0] for name in ratings.demographics}
    return ps.Ratings(
        frame, ratings.scale, demographics=list(ratings.demographics), reference=reference, undisclosed="level"
    )


def outcomes(ratings: ps.Ratings, most: int, rng: np.random.Generator) -> pd.DataFrame:
    """rater, a, b, y: pairs of items of every rater in random order, and whether a was rated higher."""
    rows = []
    frame = pd.DataFrame({"rater": ratings.frame["rater"], "item": ratings.frame["item"].astype(str)})
    for rater, part in frame.assign(value=ratings.values).groupby("rater", observed=True):
        pairs = np.array(list(combinations(range(len(part)), 2))).reshape(-1, 2)
        pairs = rng.permuted(rng.permutation(pairs)[:most], axis=1)
        item, value = part["item"].to_numpy(object), part["value"].to_numpy()
        a, b = pairs.T
        y = 0.5 + 0.5 * np.sign(value[a] - value[b])
        rows.append(pd.DataFrame({"rater": rater, "a": item[a], "b": item[b], "y": y}))
    people = ratings.raters[["rater", *ratings.demographics]].astype(str)
    return pd.concat(rows, ignore_index=True).astype({"rater": "str"}).merge(people, on="rater")


def formula_of(ratings: ps.Ratings, by: str | None) -> str:
    """The default model, or the one in which gaps of a demographic differ by item."""
    items = f"(1 + {by} | item)" if by else "(1 | item)"
    question = " + (1 | question)" if "question" in ratings.frame else ""
    return f"rating ~ {' + '.join(ratings.demographics)} + {items}{question} + (1 | rater)"


def predictions(train: ps.Ratings, observed: pd.DataFrame, by: list[str], options: argparse.Namespace) -> pd.DataFrame:
    """The pairs with a column "p: <method>" for each method."""
    items = sorted({*observed["a"], *observed["b"]})
    at = pd.Series(np.arange(len(items)), index=items)
    first, second = at[observed["a"]].to_numpy(), at[observed["b"]].to_numpy()
    pairs = Candidates(pd.DataFrame({"item": items, "question": items}), first, second, np.zeros(first.size))
    out = observed.copy()
    everybody = fitted(train, None, options)
    out["p: posterior"] = asked_of(everybody, pairs, POSTERIOR)["all raters"]
    out["tie: posterior"] = ties_of_fit(everybody, pairs)["all raters"]
    for name in by:
        fit, own = fitted(train, name, options), f"{name}: " + observed[name]
        for kind, found in (("p", asked_of(fit, pairs, POSTERIOR, name)), ("tie", ties_of_fit(fit, pairs, name))):
            out[f"{kind}: posterior by {name}"] = np.select([own == t for t in found], list(found.values()), np.nan)
        found = asked_of(train, pairs, "shares", name)
        out[f"p: shares by {name}"] = np.select([own == t for t in found], list(found.values()), 0.5)
    for policy in ("shares", "majority", "mean"):
        out[f"p: {policy}"] = asked_of(train, pairs, policy)["all raters"]
    for m in PSEUDO:
        out[f"p: shares + {m}"], out[f"tie: shares + {m}"] = smoothed_shares(train, items, m, first, second)
    out["tie: shares"] = smoothed_shares(train, items, 0, first, second)[1]
    return out.assign(**{"p: constant": 0.5})


def fitted(train: ps.Ratings, by: str | None, options: argparse.Namespace) -> ps.Fit:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ps.FitWarning)
        return ps.fit(
            train,
            formula_of(train, by),
            method=options.method,
            priors=ps.Priors(),
            draws=options.draws,
            seed=options.seed,
            on_problem="ignore",
        )


def asked_of(
    source: ps.Fit | ps.Ratings, pairs: Candidates, policy: str, by: str | None = None
) -> dict[str, np.ndarray]:
    """Target -> p of every pair; 1/2 where nobody of the target rated both."""
    given = source_of(source, policy)
    asked = Asked({next(iter(given.items)): 1.0}, "rater", policy, by, None, 1)
    rows = given.rows(asked, pairs)
    return {target: np.where(np.isfinite(found.p), found.p, 0.5) for target, found in rows.items()}


def ties_of_fit(fit: ps.Fit, pairs: Candidates, by: str | None = None) -> dict[str, np.ndarray]:
    """Target -> posterior mean of P(one rater rates both equally), from the first ``TIE_DRAWS`` draws."""
    groups, draws = groups_of(fit.ratings, by, None), slice(0, TIE_DRAWS)
    targets = targets_of([fit], groups, None)
    layout = dimension_layout(Dimension(UNNAMED, 1.0, fit, None), targets.profiles, pairs.items)
    model, tau = pair_model([layout], targets.share), fit.samples.threshold[draws]
    total = np.zeros((len(groups), pairs.first.size))
    for k, profile in enumerate(model.first):
        linear, offset = profile_predictors(layout, draws)[:, model.kind == k], item_offsets(layout, profile, draws)
        sd = np.sqrt(shared_covariance([layout], profile, draws)[:, 0, 0])
        nodes, weight = rater_nodes(linear, model.share[:, model.kind == k], sd)
        for s, i in zip(*np.nonzero((np.abs(weight) > 1e-4).any(axis=1)), strict=True):
            share = np.diff(norm.cdf(tau[s] - nodes[s, i] - offset[s][:, None]), prepend=0.0, append=1.0)
            total += weight[s, :, i, None] * (share[pairs.first] * share[pairs.second]).sum(axis=1)
    return dict(zip(groups, total / len(tau), strict=True))


def true_probabilities(ratings: ps.Ratings, made: pd.DataFrame) -> np.ndarray:
    """p of every pair for a random rater of the study, from the parameters that made the ratings."""
    truth = ratings.truth
    (tau,) = truth.thresholds.values()
    effect = truth.random_effects.set_index(["term", "group"])["value"]
    facts = ratings.frame[[c for c in ("item", "question") if c in ratings.frame]].drop_duplicates("item").astype(str)
    latent = sum(effect[name][facts[name]].to_numpy() for name in facts)
    offset = pd.Series(latent, index=facts["item"].to_numpy())
    b = truth.coefficients.set_index("parameter")["value"]
    people = ratings.raters.astype(str)
    linear = sum(np.array([b.get(f"{name}[{x}]", 0.0) for x in people[name]]) for name in ratings.demographics)
    sd = truth.sds.set_index("term")["value"]["rater"]
    nodes, weight = rater_nodes(linear[None], np.full((1, linear.size), 1.0 / linear.size), np.array([sd]))
    out = np.zeros(len(made))
    for t, w in zip(nodes[0], weight[0, 0], strict=True):
        below = (
            norm.cdf(tau[:, None] - t - offset[made["a"]].to_numpy()),
            norm.cdf(tau[:, None] - t - offset[made["b"]].to_numpy()),
        )
        a, b_ = (np.vstack([np.zeros_like(c[:1]), c, np.ones_like(c[:1])]) for c in below)
        out += w * (np.diff(a, axis=0) * 0.5 * (b_[1:] + b_[:-1])).sum(axis=0)
    return out


if __name__ == "__main__":
    raise SystemExit(main())
