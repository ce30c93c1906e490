"""The figures of a training summary."""

from collections.abc import Mapping

import pandas as pd

import pluralstats.figures as figures
from pluralstats.data.scale import Scale
from pluralstats.study.config import StudyConfig
from pluralstats.study.plans import Plan, Tables


def _arms(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.arms(_one(tables["arm_effects"]), seeds=tables.get("arm_seeds"), rope=config.effects.rope)


def _one(table: pd.DataFrame) -> pd.DataFrame:
    """A single dimension needs no title of its panel."""
    return table if len(set(table["dimension"].astype(str))) > 1 else table.drop(columns="dimension")


def _trade_off(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.trade_off(tables["trade_off"])


def _win_rates(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.win_rates(tables["win_rates"])


def _pairs(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.pair_calibration(tables["pair_calibration"])


def _distances(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.distances(tables["distances"])


def _steering(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.steerability(tables["steering"], advantage=tables.get("steering_advantage"))


def _reductions(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    return figures.reduction_ratios(tables["reductions"])


def _scales(tables: Tables, config: StudyConfig, scale: Scale) -> object:
    table = tables["scale_effects"]
    return figures.scale_collapse(table, estimand=str(table["estimand"].iloc[0]))


TRAINING_PLANS: Mapping[str, Plan] = {
    "training_arms": Plan(
        "Each training condition against the base; open dots are training seeds.", "arm_effects", _arms
    ),
    "training_trade_off": Plan("Two dimensions at once; better is up and right.", "trade_off", _trade_off, "x"),
    "training_wins": Plan("How often each condition is preferred to the base.", "win_rates", _win_rates),
    "training_pairs": Plan(
        "Preferences as predicted and as observed in held-out ratings.", "pair_calibration", _pairs, "observed"
    ),
    "training_distances": Plan(
        "How far each model's ratings are from each group's; grey: two halves of the group.", "distances", _distances
    ),
    "training_steering": Plan("Models trained for each group, judged by each group.", "steering", _steering),
    "training_reductions": Plan(
        "Ratios of reductions, and the reductions themselves.", "reductions", _reductions, "reduction"
    ),
    "training_scales": Plan("The same effects on scales with fewer answers.", "scale_effects", _scales),
}
