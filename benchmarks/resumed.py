"""Simulated studies that go on from the file an earlier, perhaps killed, call left."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd


def read_found(out: Path | None) -> pd.DataFrame:
    """What an earlier call found; empty without one."""
    return pd.read_csv(out) if out and out.exists() else pd.DataFrame()


def resumed(
    found: pd.DataFrame,
    where: dict[str, object],
    seeds: Iterable[int],
    study: Callable[[int], pd.DataFrame],
    out: Path | None,
) -> pd.DataFrame:
    """``found`` with the studies of ``seeds`` that it lacks among its rows ``where`` columns have these values.

    Every study is appended to the file when it is done, so that being killed costs one study.
    """
    of_these = found[(found[list(where)] == pd.Series(where)).all(axis=1)] if len(found) else found
    there = set(of_these["seed"]) if len(found) else set()
    for seed in seeds:
        if seed not in there:
            rows = study(seed)
            found = pd.concat([found, rows], ignore_index=True) if len(found) else rows
            if out:
                rows.to_csv(out, mode="a", header=not out.exists(), index=False)
    return found
