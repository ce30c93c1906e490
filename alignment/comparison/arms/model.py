"""The rater model on scored outputs: from scores to ratings, from their design to a formula, from the fit to effects.

A prompt is an item, an arm is a demographic, and every score stands for itself (a rater of one rating), because the
terms of the formula say what scores have in common: prompt, response, training run, judge.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import pluralstats as ps

from .intervals import ArmEffects, arm_effects
from .likelihood import FIXED_JUDGE, arm_design

FEW_JUDGES = 5  # below this many a standard deviation of judges is hardly known, and they enter as fixed effects
COVARIATES = ("run", "trained", "judge", "cell", "response", "judge_arm")
ANSWER = ("arm", "seed", "prompt_id", "response")
NUMERIC = "continuous"
FORMULA = {  # what ``likelihood`` calls a term, as ``ps.fit`` reads it
    "item": "(1 | item)",
    FIXED_JUDGE: "judge",
    "judge": "(1 | judge)",
    "judge_arm": "(1 | judge_arm)",
    "run": "(0 + trained | run)",
    "cell": "(1 | cell)",
    "response": "(1 | response)",
}
SDS = {"run": "sd(trained | run)"}  # of ``Fit.parameters``; else the name of the term


class ArmModel(NamedTuple):
    """The formula of one comparison, the terms of ``FORMULA`` in it, and sentences about terms that it leaves out."""

    formula: str
    terms: tuple[str, ...]
    left_out: tuple[str, ...]


def arm_ratings(scores: pd.DataFrame, baseline: str, scale: Any) -> ps.Ratings:
    """The scores of one dimension as ratings; ``scale`` is that of ``ps.Ratings``."""
    own = [*ANSWER, *(["epoch"] if "epoch" in scores else [])]
    answer = scores.groupby(own, sort=False).ngroup().astype(str)
    table = pd.DataFrame(
        {
            "item": scores["prompt_id"],
            "rater": [f"score {i}" for i in range(1, len(scores) + 1)],
            "rating": scores["score"],
            "arm": pd.Categorical(scores["arm"], categories=list(dict.fromkeys(scores["arm"]))),
            "run": _joined(scores["arm"], scores["seed"]),
            "trained": (scores["arm"] != baseline).astype(float),
            "judge": scores["judge"],
            "cell": _joined(scores["arm"], scores["prompt_id"]),
            "response": "response " + answer,
            "judge_arm": _joined(scores["judge"], scores["arm"]),
        }
    )
    return ps.Ratings(table, scale, ["arm"], COVARIATES, reference={"arm": baseline}, undisclosed_values=[])


def _joined(first: pd.Series, second: pd.Series) -> pd.Series:
    """Both names with a slash between them; slashes in the first are marked, else a/b + c would be a + b/c."""
    marked = first.str.replace("\\", "\\\\", regex=False).str.replace("/", "\\/", regex=False)
    return marked + "/" + second


def arm_model(ratings: ps.Ratings) -> ArmModel:
    """Terms that the scores can tell apart.

    rating ~ arm + (1 | prompt) + judge + (1 | judge:arm) + (0 + trained | run) + (1 | arm:prompt) + (1 | response). A
    run is an arm with a training seed; the base was not trained, so that ``trained`` is 0 and its run has no deviation.
    """
    frame = ratings.frame
    trained = frame[frame["trained"] > 0]
    judges, several_prompts = frame["judge"].nunique(), frame["item"].drop_duplicates().size > 1
    judge = FIXED_JUDGE if judges < FEW_JUDGES and _connected(frame) else "judge"
    told = {
        "item": several_prompts,
        judge: judges > 1,
        "judge_arm": judges > 1 and _crossed(frame) and _has_several(frame, "judge_arm", "response"),
        "run": trained.groupby("arm", observed=True)["run"].nunique().max() > 1
        and _has_several(trained, "run", "response"),
        "cell": several_prompts and _has_several(frame, "cell", "response"),
        "response": judges > 1 and _has_several(frame, "response", "judge"),
    }
    terms = tuple(name for name, is_told in told.items() if is_told)
    formula = "rating ~ " + " + ".join(["arm", *(FORMULA[name] for name in terms)])
    return ArmModel(formula, terms, tuple(_left_out(terms, judges)))


def _left_out(terms: Sequence[str], judges: int) -> list[str]:
    """What intervals leave out because the design cannot tell it."""
    found = []
    if "item" not in terms:
        found.append("All scores are about one prompt: no term for prompts, and nothing is said about others.")
    if judges < 2:
        found.append(
            "There is one judge: no term for judges. What it gets wrong goes into every difference, and intervals "
            "leave out how differently another judge would take the arms."
        )
    elif "judge_arm" not in terms:
        found.append(
            "Arms share too few judges: no term for judges by arms, and what judges differ in goes into differences "
            "between arms. Have every judge score every arm."
        )
    elif judges < 3:
        found.append(
            "There are two judges: how differently judges take the arms is hardly known, and intervals hold the truth "
            "less often than they say. Add a third."
        )
    if "run" not in terms:
        found.append("Every arm has one training seed: no term for seeds, and intervals are too narrow for a method.")
    return found


def fit_arms(ratings: ps.Ratings, formula: str, method: str | None, seed: int) -> ps.Fit:
    """By "laplace", unless another method is asked for: restricted maximum likelihood for numbers, for ordered scores
    the mode under ``ps.Priors()``, because maximum likelihood takes few training runs for more alike than they are.
    """
    numeric, chosen = ratings.scale.is_continuous, method or "laplace"
    return ps.fit(
        ratings,
        formula,
        family="gaussian" if numeric else "cumulative",
        method=chosen,
        reml=numeric and chosen == "laplace",
        priors=None if numeric else ps.Priors(),
        seed=seed,
        on_problem="ignore",
    )


def t_effects(fit: ps.Fit, terms: Sequence[str], arms: Sequence[str]) -> ArmEffects | None:
    """Effects of ``arms`` (the base first) by a restricted likelihood; None for other fits, or without estimates."""
    sds = dict(zip(fit.parameters["parameter"], fit.parameters["estimate"], strict=True))
    found = {name: float(sds.get(SDS.get(name, f"sd({name})"), np.nan)) for name in ("residual", *terms)}
    found.pop(FIXED_JUDGE, None)
    if fit.estimator != "REML" or not np.isfinite(list(found.values())).all():
        return None
    design = arm_design(fit.ratings.frame, np.asarray(fit.ratings.values, float), terms, arms)
    return arm_effects(design, found, len(arms) - 1)


def model_draws(fit: ps.Fit, arms: Sequence[str]) -> dict[str, np.ndarray]:
    """(S,) posterior draws of each arm's effect in score points; gaussian fits only, where it is a coefficient."""
    if fit.family != "gaussian":
        return {}
    found = fit.draws["posterior"]["coefficient"]
    names = [str(name) for name in found.coords[found.dims[-1]].to_numpy()]
    values = found.to_numpy().reshape(-1, len(names))
    return {arm: values[:, names.index(f"arm[{arm}]")] for arm in arms[1:] if f"arm[{arm}]" in names}


def _has_several(frame: pd.DataFrame, within: str, of: str) -> bool:
    return len(frame[[within, of]].drop_duplicates()) > frame[within].drop_duplicates().size


def _crossed(frame: pd.DataFrame) -> bool:
    """Whether some judge-by-arm deviation is left beside judges and arms."""
    levels = {name: frame[name].nunique() for name in ("judge_arm", "judge", "arm")}
    return levels["judge_arm"] > levels["judge"] + levels["arm"] - 1


def _connected(frame: pd.DataFrame) -> bool:
    """Whether judges and arms, both as fixed effects, can be told apart: whether common judges link all arms."""
    pairs = frame[["arm", "judge"]].astype(str).drop_duplicates()
    arms = {pairs["arm"].iloc[0]}
    while True:
        judges = set(pairs.loc[pairs["arm"].isin(arms), "judge"])
        reached = set(pairs.loc[pairs["judge"].isin(judges), "arm"])
        if reached == arms:
            return len(arms) == pairs["arm"].nunique()
        arms = reached


NUMBERS = ("estimate", "lower", "upper", "lower_50", "upper_50", "p_direction", "raw")
EFFECT_COLUMNS = (
    "arm",
    "baseline",
    "dimension",
    "unit",
    *NUMBERS,
    "n_seeds",
    "n_prompts",
    "n_judges",
    "n_scores",
    "df",
)


def posterior_rows(fit: ps.Fit, scores: pd.DataFrame, baseline: str, prob: float) -> list[dict[str, object]]:
    """One row for each arm, from the draws of a fit; there are no degrees of freedom."""
    found = ps.effects(fit, "arm", estimands="points", prob=prob).to_dict("records")
    numbers = {str(row["level"]): {name: row[name] for name in NUMBERS} | {"df": np.nan} for row in found}
    return _with_sizes(numbers, scores, baseline)


def t_rows(found: ArmEffects, scores: pd.DataFrame, arms: Sequence[str], prob: float) -> list[dict[str, object]]:
    """One row for each arm of ``arms`` but the first, the base."""
    at, half, half_50 = found.estimate, found.half_width(prob), found.half_width(0.5)
    means = scores.groupby("arm")["score"].mean()
    columns = {
        "estimate": at, "lower": at - half, "upper": at + half, "lower_50": at - half_50, "upper_50": at + half_50,
        "p_direction": found.p_direction(), "raw": (means[list(arms[1:])] - means[arms[0]]).to_numpy(),
        "df": found.freedom,
    }  # fmt: skip
    rows = pd.DataFrame(columns, index=list(arms[1:])).to_dict("index")
    return _with_sizes({str(arm): row for arm, row in rows.items()}, scores, arms[0])


def _with_sizes(
    numbers: Mapping[str, Mapping[str, object]], scores: pd.DataFrame, baseline: str
) -> list[dict[str, object]]:
    sizes = scores.groupby("arm").agg(
        n_seeds=("seed", "nunique"), n_prompts=("prompt_id", "nunique"), n_judges=("judge", "nunique"),
        n_scores=("score", "size"),
    )  # fmt: skip
    of = {"baseline": baseline, "unit": "score points"}
    return [{"arm": arm, **of, **row, **sizes.loc[arm].to_dict()} for arm, row in numbers.items()]
