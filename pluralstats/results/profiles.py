"""Profiles with shares: who is averaged over, before it is said who they are."""

from typing import NamedTuple

import numpy as np
import pandas as pd


class Setting(NamedTuple):
    """One counterfactual: profiles (rows of the formula's columns) and the share of each."""

    profiles: pd.DataFrame
    share: np.ndarray


def constant_within(frame: pd.DataFrame, unit: str, columns: list[str]) -> bool:
    """Whether every unit (rater, item) has one combination of the columns."""
    return bool(frame[list(dict.fromkeys([unit, *columns]))].drop_duplicates()[unit].is_unique)


def distribution(frame: pd.DataFrame, unit: str, columns: list[str]) -> Setting:
    """Combinations of the columns with their shares: of units where they are constant within one, else of rows.

    Raters count by their design weight, ``rater_weight``, where they have one.
    """
    rows = frame.drop_duplicates(unit) if constant_within(frame, unit, columns) else frame
    groups = rows.groupby(columns, observed=True, sort=False)
    counts = groups["rater_weight"].sum() if unit == "rater" and "rater_weight" in rows else groups.size()
    return Setting(counts.index.to_frame(index=False), (counts / counts.sum()).to_numpy())


def crossed(people: Setting, circumstances: Setting) -> Setting:
    """Every profile of the one with every profile of the other."""
    profiles = people.profiles.merge(circumstances.profiles, how="cross")
    return Setting(profiles, np.outer(people.share, circumstances.share).ravel())


def within_levels(setting: Setting, levels: dict[str, str]) -> Setting:
    """The part of a setting that has the levels, with shares that sum to 1; no profiles where nobody has them."""
    keep = np.ones(len(setting.share), bool)
    for name, level in levels.items():
        keep &= (setting.profiles[name] == level).to_numpy()
    share = setting.share[keep]
    return Setting(setting.profiles[keep].reset_index(drop=True), share / share.sum() if share.size else share)
