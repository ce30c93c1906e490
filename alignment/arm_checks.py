"""What a comparison of arms refuses, and the one gap that it fills."""

from collections.abc import Sequence

import pandas as pd

import pluralstats as ps

UNTRAINED = "none"


def with_base_seed(scores: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """The base was trained with no seed: a missing one is no mistake there."""
    if not isinstance(scores, pd.DataFrame) or not {"arm", "seed"} <= set(scores.columns):
        return scores  # refused with the other columns
    untrained = (scores["arm"].astype(str) == baseline) & scores["seed"].isna()
    return scores.assign(seed=scores["seed"].astype(object).where(~untrained, UNTRAINED))


def check_arms(table: pd.DataFrame, baseline: str) -> None:
    """Refuse a table without the baseline, without another arm, or with several groups of judges."""
    arms = list(dict.fromkeys(table["arm"]))
    if baseline not in arms:
        raise ps.ConfigError(
            f"`baseline` is an arm of the score table; found '{baseline}', and the table has {', '.join(arms)}. Score "
            "the untrained model as an arm, or name another."
        )
    if len(arms) < 2:
        raise ps.DataError(f"A comparison needs two arms or more; the score table has only '{baseline}'.")
    groups = list(dict.fromkeys(table["group"].astype(str))) if "group" in table else []
    if len(groups) > 1:
        raise ps.ConfigError(
            f"The score table has judgements by several groups ({', '.join(groups)}). Compare one at a time, as in "
            "scores[scores['group'] == ...]; `steering_matrix` compares them all."
        )


def chosen_dimensions(table: pd.DataFrame, asked: str | Sequence[str] | None) -> list[str]:
    """The dimensions to compare, all of the table by default."""
    found = list(dict.fromkeys(table["dimension"]))
    wanted = found if asked is None else [asked] if isinstance(asked, str) else list(asked)
    if not wanted or not set(wanted) <= set(found):
        unknown = ", ".join(f"'{name}'" for name in wanted if name not in found) or "nothing"
        raise ps.ConfigError(f"`dimension` is among {', '.join(found)}; found {unknown}.")
    return wanted
