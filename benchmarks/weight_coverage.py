"""How often 95% intervals of ratings with design weights hold the truth (METHODS section 10).

    python benchmarks/weight_coverage.py --out weight_coverage.csv

150 raters of 8 of 20 items each. Half of the population and a tenth of the raters are of a kind that is rare in the
sample: weights are 5 and 0.56, design effect 2.8. Men rate 0.3 points higher, of the rare kind 0.9, so that the
difference in the population, 0.6, is not that among the raters, and the models, which know nothing of the kinds, are
wrong about them as models are. Two targets: the difference by gender, and the expected rating of an item in the
population, both in rating points, their truths by quadrature over raters' effects. The table has coverage with its
Monte Carlo error, the standard deviation of the estimates, the mean length of the intervals over 3.92 (what they claim
that to be) and the design effect. A promise is broken where coverage is outside 92 to 97% by more than two Monte Carlo
errors. Worlds that stand in the file are not run again.
"""

import argparse
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from resumed import read_found, resumed
from scipy.special import expit, ndtr

import pluralstats as ps

MODELS = {
    "gaussian": {"family": "gaussian"},
    "probit": {"family": "cumulative", "link": "probit"},
    "logit": {"family": "cumulative", "link": "logit"},
}
FORMULA, CUTS = "rating ~ gender + (1 | item) + (1 | rater)", np.array([1.5, 2.5, 3.5, 4.5])
RATERS, ITEMS, EACH, RARE = 150, 20, 8, 0.1
SD_RATER, SD_ITEM, SD_NOISE = 0.8, 0.5, 0.7
LOGISTIC = SD_NOISE * np.sqrt(3.0) / np.pi  # scale of logistic noise of that sd
LOWEST, HIGHEST = 92.0, 97.0
ITEM = 3  # the item of the second target


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=200, help="of each model by Laplace's method")
    parser.add_argument("--exact", type=int, default=100, help="of each model by hmc")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tiny", action="store_true", help="three worlds of each: only whether it runs is judged")
    parser.add_argument("--out", type=Path, help="CSV of every interval, which a later call goes on from")
    options = parser.parse_args(argv)
    worlds = {"laplace": options.worlds, "hmc": options.exact}
    if options.tiny:
        worlds = {"laplace": 3, "hmc": 1}
    found = read_found(options.out)
    for method, n in worlds.items():
        for model in MODELS:
            seeds, where = range(options.seed, options.seed + n), {"model": model, "method": method}
            found = resumed(found, where, seeds, partial(world, model, method), options.out)
    table = coverage(found)
    print(table.to_string(index=False, float_format="{:.3f}".format))
    broken = not options.tiny and (table["promise"] == "NO").any()
    return int(broken or not (found["lower"] < found["upper"]).all())


def world(model: str, method: str, seed: int) -> pd.DataFrame:
    """Both intervals of one simulated study."""
    ratings, effects = simulated(model, seed)
    start = time.perf_counter()
    reml = {"reml": True} if model == "gaussian" and method == "laplace" else {}
    fit = ps.fit(ratings, FORMULA, method=method, on_problem="ignore", **MODELS[model], **reml)
    gender = ps.effects(fit).iloc[0]
    people = ps.Population.of_raters(ratings)
    item = ps.predict(fit, pd.DataFrame({"item": [str(ITEM)]}), population=people).iloc[0]
    seconds = time.perf_counter() - start
    women, men = expected(model, effects)
    truths = {"gender": (men - women).mean(), "item": 0.5 * (men + women)[ITEM]}
    rows = [
        {"target": target, "truth": truths[target]} | {part: row[part] for part in ("estimate", "lower", "upper")}
        for target, row in (("gender", gender), ("item", item))
    ]
    extra = {"model": model, "method": method, "seed": seed, "seconds": seconds}
    design_effect = fit.provenance["design_weights"]["design_effects"]["gender[m]"]
    return pd.DataFrame(rows).assign(**extra, design_effect=design_effect)


def simulated(model: str, seed: int) -> tuple[ps.Ratings, np.ndarray]:
    """Ratings of one study, and the effects of its items (J,)."""
    rng = np.random.default_rng([seed, list(MODELS).index(model)])
    male, rare = rng.random(RATERS) < 0.5, rng.random(RATERS) < RARE
    effects = rng.normal(0.0, SD_ITEM, ITEMS)
    rater = np.repeat(np.arange(RATERS), EACH)
    item = np.concatenate([rng.choice(ITEMS, EACH, replace=False) for _ in range(RATERS)])
    level = 3.0 + rng.normal(0.0, SD_RATER, RATERS) + male * (0.3 + 0.6 * rare)
    noise = rng.logistic(0.0, LOGISTIC, rater.size) if model == "logit" else rng.normal(0.0, SD_NOISE, rater.size)
    latent = level[rater] + effects[item] + noise
    frame = pd.DataFrame({"rater": rater.astype(str), "item": item.astype(str)})
    frame["gender"] = np.where(male, "m", "f")[rater]
    frame["rater_weight"] = np.where(rare, 0.5 / RARE, 0.5 / (1.0 - RARE))[rater]
    frame["rating"] = latent if model == "gaussian" else np.digitize(latent, CUTS) + 1
    scale = "continuous" if model == "gaussian" else (1, 5)
    return ps.Ratings(frame, scale=scale, demographics=["gender"], reference={"gender": "f"}), effects


def expected(model: str, effects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(J,) expected ratings of items by women and by men of the population."""
    common, rare = (mean_rating(model, 3.0 + effects + male) for male in (0.3, 0.9))
    return mean_rating(model, 3.0 + effects), 0.5 * (common + rare)


def mean_rating(model: str, latent: np.ndarray) -> np.ndarray:
    """(J,) expected ratings by raters whose effects are around these places."""
    if model == "gaussian":
        return latent
    u = np.linspace(-8.0, 8.0, 1601)
    share = np.exp(-0.5 * u**2) / np.exp(-0.5 * u**2).sum()
    distance = CUTS - latent[:, None, None] - SD_RATER * u[:, None]
    below = expit(distance / LOGISTIC) if model == "logit" else ndtr(distance / SD_NOISE)
    return 5.0 - np.einsum("jrk,r->j", below, share)


def coverage(found: pd.DataFrame) -> pd.DataFrame:
    """Of each model, method and target: ``percent`` of intervals that hold the truth with its ``error``."""
    rows = []
    for (model, method, target), part in found.groupby(["model", "method", "target"], sort=False):
        inside = ((part["lower"] <= part["truth"]) & (part["truth"] <= part["upper"])).mean()
        error = 100.0 * np.sqrt(max(inside * (1.0 - inside), 0.05 * 0.95) / len(part))
        off, percent = part["estimate"] - part["truth"], 100.0 * inside
        kept = LOWEST - 2.0 * error <= percent <= HIGHEST + 2.0 * error
        rows.append(
            {"model": model, "method": method, "target": target, "worlds": len(part), "percent": percent}
            | {"error": error, "promise": "yes" if kept else "NO", "bias": off.mean(), "sd": off.std()}
            | {"claimed_se": (part["upper"] - part["lower"]).mean() / 3.92}
            | {"design_effect": part["design_effect"].mean(), "seconds": part["seconds"].mean()}
        )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    raise SystemExit(main())
