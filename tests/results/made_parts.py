"""A small model with every part, and its predictions by dense quadrature over new raters, row by row."""

import numpy as np
import pandas as pd
from made_fits import fit_with, some_samples
from scipy.special import expit, ndtr

import pluralstats as ps

FORMULA = "rating ~ gender + age + (1 + gender | item) + (1 | rater)"
PARTS = {"disc": "~ gender + age + (1 | item) + (1 | rater)", "stretch": "~ race + (1 | rater)", "thresholds": "wave"}
NODES = np.linspace(-6.0, 6.0, 41)
WEIGHTS = np.exp(-0.5 * NODES**2) / np.exp(-0.5 * NODES**2).sum()
BELOW = {"probit": ndtr, "logit": expit, "cloglog": lambda z: -np.expm1(-np.exp(z))}  # F of the noise of an answer
LOCATION, DISC, STRETCH = "", "disc: ", "stretch: "


def some_ratings(n_raters=10, n_items=6, seed=3):
    """Raters with a gender, a race and an age, items in two waves, of which the first never had the answer 3."""
    rng = np.random.default_rng(seed)
    rater, item = (one.ravel() for one in np.meshgrid(np.arange(n_raters), np.arange(n_items), indexing="ij"))
    wave = np.where(rng.random(rater.size) < 0.4, "first", "second")
    rating = rng.integers(1, 6, rater.size)
    frame = pd.DataFrame(
        {
            "rater": [f"R{r:02d}" for r in rater],
            "item": [f"I{i}" for i in item],
            "rating": np.where((wave == "first") & (rating == 3), 4, rating),
            "gender": np.array(["female", "male"])[rater % 2],
            "race": np.array(["a", "b", "c"])[rater % 3],
            "age": 2.0 + 0.7 * (rater % 5),  # decades
            "wave": wave,
        }
    )
    return ps.Ratings(frame, scale=(1, 5), demographics=["gender", "race"], covariates=["age"])


def made(ratings=None, formula=FORMULA, link="probit", n_draws=3, seed=1, spread=0.35, **parts):
    """A fit with draws made by hand."""
    ratings = some_ratings() if ratings is None else ratings
    return fit_with(ratings, formula, some_samples(n_draws, seed, spread=spread), link=link, **(parts or PARTS))


class ByHand:
    """One draw of a fit by name: numbers of eta, log s and a of a row, whatever the package makes of them."""

    def __init__(self, fit, draw):
        whole, at = fit.design.whole, fit.whole_samples
        self.fit, self.draw = fit, draw
        self.b = dict(zip(whole.fixed.names, at.coefficient[draw], strict=True))
        self.sd = {g.name: at.sd[draw, t] for t, g in enumerate(whole.groupings)}
        self.u = {
            (g.name, level): at.effects[t][draw, i]
            for t, g in enumerate(whole.groupings)
            for i, level in enumerate(g.levels)
        }
        self.mean_age = fit.ratings.frame["age"].mean() if "age" in fit.ratings.frame else 0.0
        pairs = zip(whole.correlation_names, at.correlation[draw], strict=True)
        self.correlation = dict(pairs)

    def predictor(self, prefix, row):
        """x'b with what is looked up, and the variance that is left; age counts from the mean in submodels."""
        total, variance, left = 0.0, 0.0, {}
        for name, b in self.b.items():
            if name.startswith(prefix) and (prefix or ": " not in name):
                total += b * self._value(name.removeprefix(prefix), row, prefix)
        for name, sd in self.sd.items():
            if not name.startswith(prefix) or (not prefix and ": " in name):
                continue
            own = name.removeprefix(prefix)
            column, _, factor = own.rpartition(" | ")
            z = self._value(column, row, prefix) if column else 1.0
            if (name, row.get(factor)) in self.u:
                total += z * self.u[name, row[factor]]
            else:
                left[own] = z * sd
                variance += (z * sd) ** 2
        for name, correlation in self.correlation.items():
            first, second = name[len(prefix) + 4 : -1].replace(" | ", ", ").split(", ")[:2]
            factor = name[:-1].rpartition(" | ")[2]
            one, other = (left.get(factor if c == "Intercept" else f"{c} | {factor}") for c in (first, second))
            if name.startswith(f"{prefix}cor(") and one is not None:
                variance += 2.0 * correlation * one * other
        return total, variance

    def _value(self, name, row, prefix):
        if "[" in name:
            column, level = name[:-1].split("[")
            return float(row[column] == level)
        return row[name] - (self.mean_age if prefix and name == "age" else 0.0)

    def thresholds(self, wave):
        groups, at = self.fit.design.thresholds, self.fit.whole_samples.threshold[self.draw]
        g = groups.names.index(wave) if groups.column else 0
        return at[groups.of_group(g)], groups.categories[g]

    def answers(self, row, *, noise=None, use=None):
        """(5,) probabilities of the answers 1 .. 5; ``noise`` and ``use``: other rows that log s and a are of."""
        eta, variance = self.predictor(LOCATION, row)
        sigma, of_v = self.predictor(DISC, noise or row)
        a, of_r = self.predictor(STRETCH, use or row)
        tau, used = self.thresholds((use or row).get("wave"))
        s = np.exp(sigma + np.sqrt(of_v) * NODES)[:, None, None]
        stretched = np.exp(a + np.sqrt(of_r) * NODES)[None, :, None]
        theta = tau.mean() + stretched * (tau - tau.mean())
        if self.fit.link == "probit":
            below = ndtr((theta - eta) / np.sqrt(s**2 + variance))
        else:
            moved = eta + np.sqrt(variance) * NODES
            F = BELOW[self.fit.link]
            below = sum(w * F((theta - m) / s) for m, w in zip(moved, WEIGHTS, strict=True))
        below = np.einsum("vrk,v,r->k", below, WEIGHTS, WEIGHTS)
        out = np.zeros(5)
        out[used.astype(int) - 1] = np.diff([0.0, *below, 1.0])
        return out

    def given_rater(self, row, t, v, r):
        """(N, 5) probabilities of the answers by raters with standardised effects t, v, r (N,)."""
        (eta, of_t), (sigma, of_v), (a, of_r) = (self.predictor(p, row) for p in (LOCATION, DISC, STRETCH))
        tau, used = self.thresholds(row.get(self.fit.design.thresholds.column or ""))
        s, stretched = np.exp(sigma + np.sqrt(of_v) * v), np.exp(a + np.sqrt(of_r) * r)
        theta = tau.mean() + stretched[:, None] * (tau - tau.mean())
        below = BELOW[self.fit.link]((theta - (eta + np.sqrt(of_t) * t)[:, None]) / s[:, None])
        out = np.zeros((t.size, 5))
        ends = np.zeros((t.size, 1)), np.ones((t.size, 1))
        out[:, used.astype(int) - 1] = np.diff(np.hstack([ends[0], below, ends[1]]), axis=1)
        return out
