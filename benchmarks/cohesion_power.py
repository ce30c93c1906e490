"""How often a group that agrees within itself is found, by the model and by counting, and how often one that does not.

    python benchmarks/cohesion_power.py --samples 100 --out power.csv
    python benchmarks/cohesion_power.py --builtin 20 --samples 0 --out null.csv

Simulated studies of two groups, 30% of the raters in group A. An item has an effect for everybody, N(0, sd_item^2), and
one more for A, N(0, v^2): with v = 0 nothing is to be found. Found is the group A by

    model      p <= 0.05 and an interval of the ratio above 1 (``ps.model_cohesion``, its p of a single group)
    gai        counting, p_two_sided <= 0.05 above the median of the null (``ps.cohesion``, ratios near 0 left out)
    gai_any    the same when ratios to any denominator are ranked, those to C_X <= 0.05 as larger than all others
    irr, xrr   the in-group index above, the cross-group index below its null

``coverage`` is how often the model's 95% interval of the ratio holds the true one, (C_aa / T_a) / (C_ab / sqrt(T_a
T_b)); 2.2 points is the standard error of 100 samples at 95%. ``--builtin N`` takes the first N seeds of the built-in
study, in which no group has opinions of its own, and counts findings over all groups and dimensions of a study as its
report does (Benjamini-Hochberg over them all); the exit status is 1 if there is one. Models are fitted only where p is
small, as no other could be a finding.
Rows are written as they are made, and those that the file has are not made again. ``--tiny`` takes seconds.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

import pluralstats as ps
from pluralstats.data.simulation.seed_study import SEED_STUDY
from pluralstats.disagreement.cohesion.axes import axes_of
from pluralstats.disagreement.cohesion.metrics import BASIC, metrics, permuted
from pluralstats.disagreement.cohesion.of_groups import _answers, _distance
from pluralstats.disagreement.cohesion.permutations import two_sided
from pluralstats.results.cohesion.residuals import permutation_p, rater_levels, score_cells
from pluralstats.results.cohesion.rows import Model, common_fit

DESIGNS = {  # raters, items, ratings a rater, sd of items, sd of raters
    "300 raters x 5 of 100": (300, 100, 5, 0.6, 0.6),
    "60 raters x 20 of 60, clear items": (60, 60, 20, 1.2, 0.4),
}
TINY = {"tiny": (30, 12, 6, 1.0, 0.4)}
OWN = (0.0, 0.5, 0.9)  # v
PERMUTATIONS = 199
LEVEL = 0.05


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=100, help="of each design and v")
    parser.add_argument("--builtin", type=int, default=0, metavar="N", help="seeds of the built-in study")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="CSV of the single samples; one that is there is gone on with")
    parser.add_argument("--tiny", action="store_true", help="one small study of each kind")
    options = parser.parse_args(argv)
    designs, samples = (TINY, 2) if options.tiny else (DESIGNS, options.samples)
    warnings.simplefilter("ignore", ps.FitWarning)
    done = Rows(options.out)
    start = time.perf_counter()
    for k in range(samples):
        for design, v in ((design, v) for design in designs for v in OWN):
            done.add((design, v, options.seed + k), lambda design=design, v=v, k=k: sample(designs[design], v, k))
    for k in range(options.builtin):
        done.add(("built-in", 0.0, options.seed + k), lambda k=k: builtin(options.seed + k))
    print(f"{time.perf_counter() - start:.0f} s")
    for line in promises(done.table()):
        print(line)
    return int(done.false_findings() > 0)


class Rows:
    """Results by design, v and seed, kept in a file as they are made."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        kept = pd.read_csv(path).to_dict("records") if path and path.exists() else []
        self.rows = {(row["design"], row["v"], row["seed"]): row for row in kept}

    def add(self, key: tuple[str, float, int], make: Callable[[], dict]) -> None:
        if key not in self.rows:
            self.rows[key] = dict(zip(("design", "v", "seed"), key, strict=True)) | make()
            if self.path:
                self.table().to_csv(self.path, index=False)

    def table(self) -> pd.DataFrame:
        return pd.DataFrame(self.rows.values())

    def false_findings(self) -> int:
        """Of the built-in studies, which promise none."""
        return sum(int(row["model"]) for row in self.rows.values() if row["design"] == "built-in")


def simulated(design: tuple[int, int, int, float, float], v: float, seed: int) -> ps.Ratings:
    n_raters, n_items, each, sd_item, sd_rater = design
    return ps.simulate(
        n_raters=n_raters, n_items=n_items, ratings_per_rater=each, sd_item=sd_item, sd_rater=sd_rater,
        demographics={"group": {"rest": 0.7, "A": 0.3}}, item_slopes={"group[A]": v} if v else None, seed=1000 + seed,
    )  # fmt: skip


def sample(design: tuple[int, int, int, float, float], v: float, seed: int) -> dict:
    """Whether group A is found in one simulated study, by each way."""
    ratings = simulated(design, v, seed)
    clock = time.process_time()
    model = ps.model_cohesion(ratings, "group").query("level == 'A' and scale == 'latent' and kind == 'association'")
    row, seconds = model.iloc[0], time.process_time() - clock
    truth = true_ratio(design, v)
    found = {"model": row["p_two_sided"] <= LEVEL and row["lower"] > 1.0, "seconds": seconds, "ratio": row["estimate"]}
    known = np.isfinite(row["estimate"])
    found["covered"] = float(row["lower"] <= truth <= row["upper"]) if known else np.nan
    found["p"] = row["p_two_sided"]
    return found | counted(ratings)


def true_ratio(design: tuple[int, int, int, float, float], v: float) -> float:
    """C_aa / T_a over C_ab / sqrt(T_a T_b), with C_aa = sd_item^2 + v^2 and C_ab = sd_item^2."""
    common, severity = design[3] ** 2, design[4] ** 2
    own = common + v**2
    return own / common * float(np.sqrt((common + severity + 1.0) / (own + severity + 1.0)))


def counted(ratings: ps.Ratings) -> dict[str, bool]:
    """What the counting indices find."""
    table = ps.cohesion(ratings, "group", permutations=PERMUTATIONS, replicates=PERMUTATIONS).query("level == 'A'")
    rows = table.set_index("metric")
    beyond = {
        name: rows.loc[name, "p_two_sided"] <= LEVEL
        and sign * (rows.loc[name, "estimate"] - rows.loc[name, "null_median"]) > 0
        for name, sign in (("gai_reliability", 1), ("irr", 1), ("xrr", -1))
    }
    return {"gai": beyond.pop("gai_reliability"), "gai_any": _any_ratio(ratings)} | beyond


def _any_ratio(ratings: ps.Ratings) -> bool:
    """The association index when its denominator may be anything: what ``ps.cohesion`` did before it looked at it."""
    axis, answers = axes_of(ratings, "group")[0], _answers(ratings)
    apart = _distance("nominal", np.array(ratings.scale.values))
    once = np.ones(answers.n_raters), np.ones(answers.n_items)
    g, irr, xrr = axis.levels.index("A"), BASIC.index("irr"), BASIC.index("xrr")
    observed = metrics(answers, apart, axis.level, len(axis.levels), *once)[g]
    null = permuted(answers, apart, axis, PERMUTATIONS, 1)[:, g]
    if not observed[xrr] > 0.05:
        return False
    ratios = np.where(null[:, xrr] > 0.05, null[:, irr] / null[:, xrr], np.inf)
    ratio = observed[irr] / observed[xrr]
    return bool(two_sided(ratio, ratios) <= LEVEL and ratio > np.median(ratios))


def builtin(seed: int) -> dict:
    """Findings of one built-in study over all its dimensions, demographics and groups."""
    study, tests = ps.simulate(**SEED_STUDY, seed=seed), []
    for dimension in study.dimensions:
        tests += [(dimension, *test) for test in _tests(study.select(dimension=dimension))]
    p = np.array([test[4] for test in tests])
    adjusted = false_discovery_control(p)
    small = [test for test, q in zip(tests, adjusted, strict=True) if q <= LEVEL]
    return {"tests": len(tests), "smallest": adjusted.min(), "small": len(small), "model": sum(map(_is_clear, small))}


def _tests(ratings: ps.Ratings) -> Iterator[tuple[ps.Ratings, str, str, float]]:
    cells = score_cells(common_fit(ratings, Model(None, "cumulative", "probit", 1)).estimated)
    for by in ratings.demographics:
        level, levels = rater_levels(ratings, by)
        _, p, _ = permutation_p(cells, level, len(levels), 10_000, 1)
        for name, value in zip(levels, p, strict=True):
            if np.isfinite(value):  # a group of few may have no item with two ratings
                yield ratings, by, name, float(value)


def _is_clear(test: tuple[str, ps.Ratings, str, str, float]) -> bool:
    """Whether the interval of the ratio of a group with a small p leaves out 1, as a finding needs."""
    _, ratings, by, level, _ = test
    table = ps.model_cohesion(ratings, by, permutations=0)
    row = table[(table["level"] == level) & (table["scale"] == "latent") & (table["kind"] == "association")].iloc[0]
    return bool(row["lower"] > 1.0 or row["upper"] < 1.0)


def promises(table: pd.DataFrame) -> Iterator[str]:
    """Shares of studies in which the group was found, by design and v."""
    for (design, v), rows in table.groupby(["design", "v"], sort=False):
        numbers = rows.drop(columns=["design", "v", "seed"]).dropna(axis=1, how="all").astype(float)
        if design == "built-in":
            yield (
                f"{design}: {numbers['model'].sum():.0f} false findings in {len(rows)} studies of "
                f"{numbers['tests'].mean():.0f} tests; {numbers['small'].sum():.0f} with adjusted p <= {LEVEL}, "
                f"smallest {numbers['smallest'].min():.3f}"
            )
            continue
        means = ", ".join(f"{name} {numbers[name].mean():.2f}" for name in numbers if name not in ("p", "smallest"))
        yield f"{design}, v = {v:g} ({len(rows)} studies): {means}"


if __name__ == "__main__":
    raise SystemExit(main())
