"""The exact posterior of a small study by PyMC and nutpie, from a graph written by hand: ``posterior_by_pymc.json``.

    python posterior_by_pymc.py            # minutes; nothing of the package is used but its declared priors

eta = gender + item + rater, log s = gender + rater, a = rater; the ratings of "hate" of ``made_raters.rows()``.
Thresholds are those at the mean of women and men, as the package's prior has it.
"""

import json
from pathlib import Path

import made_raters
import numpy as np
import nutpie
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from arviz_stats.base import array_stats

HERE = Path(__file__).with_suffix(".json")
AXES = {"chain_axis": 0, "draw_axis": 1}
PARTS = {"noise_sd": 0.5, "use_sd": 0.5, "noise_coefficient": 0.5}  # scales of priors of the two parts


def graph(frame: pd.DataFrame) -> pm.Model:
    y, male = frame["rating"].to_numpy() - 1, (frame["gender"] == "male").to_numpy(float)
    (item, items), (rater, raters) = pd.factorize(frame["item"]), pd.factorize(frame["rater"])
    with pm.Model(coords={"item": items, "rater": raters}) as model:
        first, gaps = pm.Normal("first", 0.0, 3.0), pm.Normal("gaps", 0.0, 1.0, shape=3)
        b, c = pm.StudentT("b", nu=3, mu=0.0, sigma=1.0), pm.Normal("c", 0.0, PARTS["noise_coefficient"])
        dims = {name: "item" if name == "item" else "rater" for name in ("item", "rater", "noise", "use")}
        scales = {"item": 1.0, "rater": 1.0, "noise": PARTS["noise_sd"], "use": PARTS["use_sd"]}
        sd = {name: pm.HalfStudentT(f"sd_{name}", nu=3, sigma=scale) for name, scale in scales.items()}
        z = {name: pm.Normal(f"z_{name}", dims=dims[name]) for name in scales}
        u = {name: pm.Deterministic(f"u_{name}", sd[name] * z[name], dims=dims[name]) for name in scales}
        middle = pt.concatenate([[first], first + pt.cumsum(pt.exp(gaps))])
        tau = pm.Deterministic("tau", middle + 0.5 * b)  # women have eta = 0 at 0 effects
        eta = b * male + u["item"][item] + u["rater"][rater]
        s, stretched = pt.exp(c * male + u["noise"][rater]), pt.exp(u["use"][rater])
        centre = tau.mean()
        theta = centre + stretched[:, None] * (tau - centre)[None, :]
        z_of = (theta - eta[:, None]) / s[:, None]
        far = np.full((y.size, 1), 40.0)
        ends, row = pt.concatenate([-far, z_of, far], axis=1), np.arange(y.size)
        pm.Potential("ratings", pt.log(between(ends[row, y], ends[row, y + 1])).sum())
    return model


def between(low, high):
    """Phi(high) - Phi(low), taken in the lower tail, where nothing cancels."""
    sign = pt.switch(low + high > 0.0, -1.0, 1.0) / np.sqrt(2.0)
    below, above = pt.minimum(sign * low, sign * high), pt.maximum(sign * low, sign * high)
    return 0.5 * (pt.erfc(-above) - pt.erfc(-below))


def named(posterior) -> dict[str, np.ndarray]:
    """(chains, draws) of every quantity, under the names that the package gives them."""
    draws = {f"{k + 1}|{k + 2}": posterior["tau"].to_numpy()[..., k] for k in range(4)}
    single = {"gender[male]": "b", "sd(item)": "sd_item", "sd(rater)": "sd_rater", "disc: gender[male]": "c"}
    single |= {"sd(disc: rater)": "sd_noise", "sd(stretch: rater)": "sd_use"}
    draws |= {name: posterior[theirs].to_numpy() for name, theirs in single.items()}
    for term, theirs in {"item": "item", "rater": "rater", "disc: rater": "noise", "stretch: rater": "use"}.items():
        effects = posterior[f"u_{theirs}"]
        levels = effects.coords[effects.dims[-1]].to_numpy()[:10]
        draws |= {f"{term}[{level}]": effects.to_numpy()[..., j] for j, level in enumerate(levels)}
    return draws


def main() -> None:
    frame = made_raters.rows()
    model = nutpie.compile_pymc_model(graph(frame[frame["dimension"] == "hate"]))
    trace = nutpie.sample(
        model, draws=5000, tune=1500, chains=4, cores=1, seed=1, target_accept=0.9, progress_bar=False
    )
    table = {}
    for name, draws in named(trace.posterior).items():
        errors = {f"{what}_error": array_stats.mcse(draws, method=what, **AXES) for what in ("mean", "sd")}
        rhat = array_stats.rhat(draws, **AXES)
        assert rhat < 1.01, (name, rhat)
        values = {"mean": draws.mean(), "sd": draws.std(ddof=1), **errors}
        table[name] = {what: round(float(value), 6) for what, value in values.items()}
    divergent = int(trace.sample_stats["diverging"].sum())
    versions = f"PyMC {pm.__version__}, nutpie {nutpie.__version__}, 4 chains of 5,000 draws, {divergent} divergent"
    whole = {"origin": versions, "priors": PARTS, "posterior": table}
    HERE.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
