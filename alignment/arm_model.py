"""The rater model on scored outputs: from scores to ratings, from their design to a formula, from the fit to effects.

A prompt is an item, an arm is a demographic, and every score stands for itself (a rater of one rating), because the
terms of the formula say what scores have in common: prompt, response, training run, judge.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import pluralstats as ps

FEW_JUDGES = 5  # below this many a standard deviation of judges is hardly known, and they enter as fixed effects
COVARIATES = ("run", "trained", "judge", "cell", "response")
ANSWER = ("arm", "seed", "prompt_id", "response")
NUMERIC = "continuous"


class ArmModel(NamedTuple):
    """The formula of one comparison and finished sentences about terms that it leaves out."""

    formula: str
    left_out: tuple[str, ...]


def mean_over_judges(scores: pd.DataFrame) -> pd.DataFrame:
    """Each response's mean over judges, where every judge scored every response; else the scores as they are.

    With such scores the differences between arms are those of the means, so that nothing is lost, and a term with a
    level for each response, which takes minutes where responses are thousands, is not needed.
    """
    judges = scores["judge"].drop_duplicates().size
    answers = scores.groupby(list(ANSWER), sort=False)["score"]
    if judges < 2 or not (answers.size() == judges).all():
        return scores
    return answers.mean().reset_index().assign(judge=f"{judges} judges")


def arm_ratings(scores: pd.DataFrame, baseline: str, scale: Any) -> ps.Ratings:
    """The scores of one dimension as ratings; ``scale`` is that of ``ps.Ratings``."""
    run = scores["arm"] + "/" + scores["seed"]
    cell = scores["arm"] + "/" + scores["prompt_id"]
    answer = scores.groupby(list(ANSWER), sort=False).ngroup().astype(str)
    table = pd.DataFrame(
        {
            "item": scores["prompt_id"],
            "rater": [f"score {i}" for i in range(1, len(scores) + 1)],
            "rating": scores["score"],
            "arm": pd.Categorical(scores["arm"], categories=list(dict.fromkeys(scores["arm"]))),
            "run": run,
            "trained": (scores["arm"] != baseline).astype(float),
            "judge": scores["judge"],
            "cell": cell,
            "response": "response " + answer,
        }
    )
    return ps.Ratings(table, scale, ["arm"], COVARIATES, reference={"arm": baseline}, undisclosed_values=[])


def arm_model(ratings: ps.Ratings, baseline: str, n_judges: int) -> ArmModel:
    """Terms that the scores can tell apart; ``n_judges`` are behind each rating where it is a mean.

    rating ~ arm + (1 | prompt) + judge + (0 + trained | run) + (1 | arm:prompt) + (1 | response). A run is an arm with
    a training seed; the base was not trained, so that ``trained`` is 0 and its run has no deviation.
    """
    frame = ratings.frame
    terms, left_out = ["arm"], []
    judges, prompts = frame["judge"].nunique(), frame["item"].nunique()
    runs = frame[frame["arm"] != baseline].groupby("arm", observed=True)["run"].nunique()
    if prompts > 1:
        terms.append("(1 | item)")
    else:
        left_out.append("All scores are about one prompt: no term for prompts, and nothing is said about others.")
    if judges > 1:
        terms.append("judge" if judges < FEW_JUDGES else "(1 | judge)")
    elif n_judges < 2:
        left_out.append("There is one judge: no term for judges, and what it gets wrong goes into every difference.")
    if runs.max() > 1:
        terms.append("(0 + trained | run)")
    else:
        left_out.append(
            "Every arm has one training seed: no term for seeds, and intervals are too narrow for a method."
        )
    if prompts > 1 and _has_several(frame, "cell", "run"):
        terms.append("(1 | cell)")
    if judges > 1 and _has_several(frame, "response", "judge"):
        terms.append("(1 | response)")
    return ArmModel("rating ~ " + " + ".join(terms), tuple(left_out))


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


def model_draws(fit: ps.Fit, baseline: str) -> dict[str, np.ndarray]:
    """(S,) posterior draws of each arm's effect in score points; gaussian fits only, where it is a coefficient."""
    if fit.family != "gaussian":
        return {}
    found = fit.draws["posterior"]["coefficient"]
    names = [str(name) for name in found.coords[found.dims[-1]].to_numpy()]
    values = found.to_numpy().reshape(-1, len(names))
    arms = [arm for arm in fit.ratings.frame["arm"].cat.categories if arm != baseline]
    return {arm: values[:, names.index(f"arm[{arm}]")] for arm in arms if f"arm[{arm}]" in names}


def _has_several(frame: pd.DataFrame, within: str, of: str) -> bool:
    return len(frame[[within, of]].drop_duplicates()) > frame[within].drop_duplicates().size
