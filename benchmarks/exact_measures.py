"""Effective draws of one run: the same arviz_stats functions for every program, on the draws it handed over.

    python benchmarks/exact_measures.py FOLDER [--reference FOLDER]

With a reference, how far posterior means and sds are from the reference's, in posterior sds of the reference; the
Monte Carlo error of both is in it, so that it is near 3 / sqrt(effective draws) at best. ``mean_z`` is the largest
difference of means of parameters in standard errors of that difference, by the effective draws of both runs.
"""

import argparse
from pathlib import Path

import numpy as np
import runner
from arviz_stats.base import array_stats


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--reference", type=Path)
    options = parser.parse_args(argv)
    names, draws = loaded(options.folder)
    bulk = np.array([array_stats.ess(one, method="bulk") for one in draws])
    tail = np.array([array_stats.ess(one, method="tail", prob=(0.05, 0.95)) for one in draws])
    rhat = np.array([array_stats.rhat(one, method="rank") for one in draws])
    effects = np.array([name.startswith(("item[", "rater[")) for name in names])
    runner.report(
        ess=_least(bulk),
        worst=names[int(np.argmin(np.nan_to_num(bulk)))],
        ess_parameters=_least(bulk[~effects]),
        ess_tail=_least(tail),
        rhat=float(np.max(rhat)),
    )
    if options.reference:
        other, theirs = loaded(options.reference)
        columns = [other.index(name) for name in names]
        mean, sd = _moments(draws)
        expected, scale = (values[columns] for values in _moments(theirs))
        known = np.array([array_stats.ess(one, method="mean") for one in theirs])[columns]
        own = np.array([array_stats.ess(one, method="mean") for one in draws])
        error = np.sqrt(sd**2 / own + scale**2 / known)
        runner.report(
            mean_gap=float(np.max(np.abs(mean - expected) / scale)),
            mean_gap_parameters=float(np.max((np.abs(mean - expected) / scale)[~effects])),
            mean_z=float(np.max((np.abs(mean - expected) / error)[~effects])),
            n_parameters=int((~effects).sum()),
            sd_gap=float(np.max(np.abs(sd / scale - 1.0)[~effects])),
        )


def loaded(folder: Path) -> tuple[list[str], np.ndarray]:
    """Names and draws (quantities, chains, draws)."""
    names = (folder / "names.txt").read_text().splitlines()
    return names, np.ascontiguousarray(np.moveaxis(np.load(folder / "draws.npy"), 2, 0), dtype=float)


def _least(sizes: np.ndarray) -> float:
    """The smallest; a quantity that never moved has no size and counts as none."""
    return float(np.min(np.nan_to_num(sizes, nan=0.0)))


def _moments(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    flat = draws.reshape(len(draws), -1)
    return flat.mean(axis=1), flat.std(axis=1, ddof=1)


if __name__ == "__main__":
    main()
