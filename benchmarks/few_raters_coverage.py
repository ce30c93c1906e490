"""How often 95% intervals of a rater-level difference hold the truth with few raters, by Laplace's method.

    python benchmarks/few_raters_coverage.py --out few_raters.csv

Half of 6, 12 or 24 raters are of group b, and every rater rates all of 20 items: sd 0.8 of raters, 0.5 of items, 0.7 of
noise, difference 0.5. Each study is fitted by maximum likelihood (gaussian also by REML) and the interval that
``effects`` gives, in rating points, is compared with the truth by quadrature. ``normal`` is the coverage of the normal
interval of the coefficient, as other programs print it: that of estimate plus and minus 1.96 se. A promise is broken
where coverage by ``effects`` is below 93% or above 98.5% by more than two Monte Carlo errors. Studies that stand in the
file are not run again.
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
    "gaussian REML": {"family": "gaussian", "reml": True},
    "gaussian ML": {"family": "gaussian"},
    "probit": {"family": "cumulative", "link": "probit"},
    "logit": {"family": "cumulative", "link": "logit"},
}
FORMULA, CUTS = "rating ~ group + (1 | item) + (1 | rater)", np.array([1.5, 2.5, 3.5, 4.5])
ITEMS, DIFFERENCE = 20, 0.5
SD_RATER, SD_ITEM, SD_NOISE = 0.8, 0.5, 0.7
LOGISTIC = SD_NOISE * np.sqrt(3.0) / np.pi  # scale of logistic noise of that sd
LOWEST, HIGHEST = 93.0, 98.5


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=300, help="studies of each model and number of raters")
    parser.add_argument("--raters", type=int, nargs="+", default=[6, 12, 24])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tiny", action="store_true", help="two studies of each: only whether it runs is judged")
    parser.add_argument("--out", type=Path, help="CSV of every interval, which a later call goes on from")
    options = parser.parse_args(argv)
    seeds = range(options.seed, options.seed + (2 if options.tiny else options.worlds))
    found = read_found(options.out)
    for raters in options.raters:
        for model in MODELS:
            where = {"model": model, "raters": raters}
            found = resumed(found, where, seeds, partial(study, model, raters), options.out)
    table = coverage(found)
    print(table.to_string(index=False, float_format="{:.3f}".format))
    broken = not options.tiny and (table["promise"] == "NO").any()
    return int(broken or not (found["lower"] < found["upper"]).all())


def study(model: str, raters: int, seed: int) -> pd.DataFrame:
    """The interval of one simulated study."""
    ratings, effects = simulated(model, raters, seed)
    start = time.perf_counter()
    fit = ps.fit(ratings, FORMULA, method="laplace", on_problem="ignore", **MODELS[model])
    row = ps.effects(fit).iloc[0]
    seconds = time.perf_counter() - start
    level = 3.0 + effects
    truth = float((mean_rating(model, level + DIFFERENCE) - mean_rating(model, level)).mean())
    latent = DIFFERENCE / {"gaussian": 1.0, "probit": SD_NOISE, "logit": LOGISTIC}[model.split()[0]]
    of_group = fit.parameters.set_index("parameter").loc["group[b]"]
    normal = abs(of_group["estimate"] - latent) <= 1.959964 * of_group["se"]
    intervals = {"estimate": row["estimate"], "lower": row["lower"], "upper": row["upper"]}
    known = {
        "model": model,
        "raters": raters,
        "seed": seed,
        "truth": truth,
        "seconds": seconds,
        "normal": normal,
    }
    return pd.DataFrame([known | intervals])


def simulated(model: str, raters: int, seed: int) -> tuple[ps.Ratings, np.ndarray]:
    """Ratings of one study, and the effects of its items (J,)."""
    rng = np.random.default_rng([seed, raters, list(MODELS).index(model)])
    effects = rng.normal(0.0, SD_ITEM, ITEMS)
    rater, item = np.repeat(np.arange(raters), ITEMS), np.tile(np.arange(ITEMS), raters)
    in_b = np.arange(raters) % 2 == 1
    level = 3.0 + rng.normal(0.0, SD_RATER, raters) + DIFFERENCE * in_b
    noise = rng.logistic(0.0, LOGISTIC, rater.size) if model == "logit" else rng.normal(0.0, SD_NOISE, rater.size)
    latent = level[rater] + effects[item] + noise
    frame = pd.DataFrame(
        {"rater": rater.astype(str), "item": item.astype(str), "group": np.where(in_b, "b", "a")[rater]}
    )
    gaussian = model.startswith("gaussian")
    frame["rating"] = latent if gaussian else np.digitize(latent, CUTS) + 1
    scale = "continuous" if gaussian else (1, 5)
    return ps.Ratings(frame, scale=scale, demographics=["group"], reference={"group": "a"}), effects


def mean_rating(model: str, latent: np.ndarray) -> np.ndarray:
    """(J,) expected ratings by raters whose effects are around these places."""
    if model.startswith("gaussian"):
        return latent
    u = np.linspace(-8.0, 8.0, 1601)
    share = np.exp(-0.5 * u**2) / np.exp(-0.5 * u**2).sum()
    distance = CUTS - latent[:, None, None] - SD_RATER * u[:, None]
    below = expit(distance / LOGISTIC) if model == "logit" else ndtr(distance / SD_NOISE)
    return 5.0 - np.einsum("jrk,r->j", below, share)


def coverage(found: pd.DataFrame) -> pd.DataFrame:
    """``percent`` of intervals that hold the truth with its Monte Carlo ``error``, and ``normal``, see above."""
    rows = []
    for (raters, model), part in found.groupby(["raters", "model"], sort=False):
        inside = ((part["lower"] <= part["truth"]) & (part["truth"] <= part["upper"])).mean()
        error = 100.0 * np.sqrt(max(inside * (1.0 - inside), 0.05 * 0.95) / len(part))
        kept = LOWEST - 2.0 * error <= 100.0 * inside <= HIGHEST + 2.0 * error
        off = part["estimate"] - part["truth"]
        rows.append(
            {"raters": raters, "model": model, "worlds": len(part), "percent": 100.0 * inside, "error": error}
            | {"promise": "yes" if kept else "NO", "normal": 100.0 * part["normal"].astype(float).mean()}
            | {"bias": off.mean(), "sd": off.std(), "claimed_se": (part["upper"] - part["lower"]).mean() / 3.92}
            | {"seconds": part["seconds"].mean()}
        )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    raise SystemExit(main())
