"""What the Python peers of ``exact.py`` share: their command line, the data as arrays, and how draws are handed over.

Every program is asked for the posterior of one model, rating ~ demographics + (1 | item) + (1 | rater), cumulative
probit, and hands over draws of the same quantities: thresholds, coefficients, sds and all random effects.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import runner


class Data(NamedTuple):
    """Ratings ``y`` (n,) from 0, ``X`` (n, p) of zeros and ones, ``item`` and ``rater`` (n,) positions of labels."""

    y: np.ndarray
    X: np.ndarray
    item: np.ndarray
    rater: np.ndarray
    names: list[str]
    items: list[str]
    raters: list[str]
    categories: int


def arguments(description: str | None) -> argparse.ArgumentParser:
    """The options every peer understands; ``--draws`` and ``--warmup`` are of each chain."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, help="Parquet file with item, rater, rating, demographics")
    parser.add_argument("--demographics", type=lambda text: text.split(","))
    parser.add_argument("--chains", type=int, default=2)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--warmup", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--started", type=float, default=0.0, help="when the process was started, Unix time")
    parser.add_argument("--out", type=Path, help="folder for draws.npy and names.txt")
    return parser


def read(options: argparse.Namespace) -> Data:
    """The file as arrays; the first level of each demographic, in the order of text, is the reference."""
    frame = pd.read_parquet(options.data)
    dummies = [pd.get_dummies(frame[name], dtype=float).iloc[:, 1:] for name in options.demographics]
    parts = zip(options.demographics, dummies, strict=True)
    item, items = pd.factorize(frame["item"], sort=True)
    rater, raters = pd.factorize(frame["rater"], sort=True)
    y = frame["rating"].to_numpy(int) - 1
    names = [f"{name}[{level}]" for name, part in parts for level in part.columns]
    X = np.column_stack([part.to_numpy() for part in dummies])
    return Data(y, X, item, rater, names, list(items), list(raters), int(y.max()) + 1)


def of_raters(data: Data) -> np.ndarray:
    """(raters, p) the columns of X, which a rater's ratings share, centred over ratings."""
    centred = np.empty((len(data.raters), data.X.shape[1]))
    centred[data.rater] = data.X - data.X.mean(axis=0)
    return centred


def put_back(data: Data, of_raters: np.ndarray, *parts: np.ndarray) -> tuple[np.ndarray, ...]:
    """Draws of all quantities, where raters lay around X b with centred columns: thresholds at the reference levels and
    effects of raters around zero."""
    tau, b, sd_item, sd_rater, item, rater = parts
    return tau + (b @ data.X.mean(axis=0))[..., None], b, sd_item, sd_rater, item, rater - b @ of_raters.T


def columns(options: argparse.Namespace) -> dict[str, object]:
    """Arguments of ``ps.read_ratings`` by which its coding is that of ``read``."""
    frame = pd.read_parquet(options.data, columns=options.demographics)
    first = {name: min(frame[name]) for name in options.demographics}
    return {"scale": (1, 5), "demographics": options.demographics, "reference": first, "undisclosed": "level"}


def names_of(data: Data) -> list[str]:
    """Names of all quantities, in the order of ``hand_over``."""
    thresholds = [f"threshold[{k}]" for k in range(1, data.categories)]
    effects = [*(f"item[{name}]" for name in data.items), *(f"rater[{name}]" for name in data.raters)]
    return [*thresholds, *data.names, "sd(item)", "sd(rater)", *effects]


def hand_over(folder: Path, names: list[str], *draws: np.ndarray, **said: object) -> None:
    """Write draws (chains, draws, ...), side by side, and report what the sampler said.

    ``said``: version; compile, sampling and (a part of sampling) warmup, in seconds; divergences; steps, gradients.
    """
    chains, n = draws[0].shape[:2]
    everything = np.concatenate([part.reshape(chains, n, -1) for part in draws], axis=2)
    if everything.shape[2] != len(names):
        raise ValueError(f"{len(names)} names for {everything.shape[2]} quantities")
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "draws.npy", everything)
    (folder / "names.txt").write_text("\n".join(names) + "\n")
    runner.report(chains=chains, draws=n, **said)
