"""``compare_arms``: what each training condition did, against the untrained base, and how sure one may be of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import pluralstats as ps
from pluralstats.cluster.spreading import spread

from ...tables.scores import ONE, checked_scores, refuse_repeats
from ..resampling import REPLICATES, bootstrap_row, cells_of, check_numbers, refuse, seed_rows
from .bootstrap import bootstrap_arms
from .checks import (
    check_baseline,
    check_comparable,
    chosen_dimensions,
    fit_sentences,
    seed_sentences,
    unpaired_sentences,
    with_base_seed,
)
from .model import (
    EFFECT_COLUMNS,
    NUMERIC,
    arm_model,
    arm_ratings,
    fit_arms,
    model_draws,
    posterior_rows,
    t_effects,
    t_rows,
)

DRAWS = 1000  # of the model, as many as `ps.fit` makes by "laplace"


@dataclass(frozen=True)
class ArmComparison:
    """Arms against a base on every dimension.

    Attributes
    ----------
    effects : data frame
        One row for each arm and dimension, from the rater model: arm, baseline, dimension, unit, estimate, lower,
        upper, lower_50, upper_50 (score points, arm minus base), p_direction, raw (difference of plain means), n_seeds,
        n_prompts, n_judges, n_scores, df (degrees of freedom of the t interval; missing where the interval is of
        posterior draws).
    seeds : data frame
        arm, dimension, seed, estimate: the mean difference from the base on the same prompts, one training seed each.
    bootstrap : data frame
        arm, dimension, estimate, lower, upper: the same difference without a model, prompts (in pairs), judges (in
        pairs) and the seeds of each arm resampled, with the tails of Student's t where they are few.
    draws : data frame
        dimension, arm, source ("model": draws of the effects, numeric scores only; "bootstrap": replicates), draw,
        effect. Central intervals of draws are those of the tables.
        Draws of one number belong together over arms, bootstrap replicates over dimensions too.
    problems : tuple of str
        Finished sentences: seeds, judges and prompts that are too few, terms left out, what the fits complain of.
    fits : mapping from dimension to Fit
        For everything else that the engine says of a fit, such as ``ps.effects(fit, "arm", estimands="percent")``.
    """

    effects: pd.DataFrame
    seeds: pd.DataFrame
    bootstrap: pd.DataFrame
    draws: pd.DataFrame
    problems: tuple[str, ...]
    fits: Mapping[str, ps.Fit] = field(repr=False)

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by the names that a training summary gives them; draws, which are many, stay out."""
        return {"arm_effects": self.effects, "arm_seeds": self.seeds, "arm_bootstrap": self.bootstrap}


class _Part(NamedTuple):
    """What one dimension gives."""

    effects: list[dict[str, object]]
    seeds: list[dict[str, object]]
    bootstrap: list[dict[str, object]]
    draws: list[pd.DataFrame]
    problems: list[str]
    fit: ps.Fit


class _Options(NamedTuple):
    """How a comparison is made, checked."""

    baseline: str
    scale: Any
    method: str | None
    prob: float
    replicates: int
    seed: int


def compare_arms(
    scores: pd.DataFrame,
    *,
    baseline: str = "base",
    dimension: str | Sequence[str] | None = None,
    scale: Any = NUMERIC,
    method: str | None = None,
    prob: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = 1,
) -> ArmComparison:
    """The effect of each training condition on the scores of its outputs, with a bootstrap beside it as a check.

    An effect is that on new prompts, of models trained anew, as new judges like these would score them. The rater
    model, one for each dimension, so that nothing is shared between dimensions (the model arm * dimension with
    prompts, judges, runs and residual of their own in each):

        score ~ arm + (1 | prompt) + judge + (1 | judge:arm) + (0 + trained | run) + (1 | arm:prompt) + (1 | response)

    A run is an arm trained with one seed. Its deviation belongs to the run and not to the seed's number: seed 1 of one
    arm has nothing in common with seed 1 of another, and a term for numbers would cancel from every difference. The
    base was not trained and has none. Five judges or more are a random term, fewer are fixed effects. How differently
    judges take the arms, which no number of responses averages out, is ``judge:arm``. Terms that the scores cannot
    tell apart are left out, and ``problems`` says which and what intervals leave out: with one judge, other judges;
    with one seed, other runs.

    Intervals of numbers fitted by "laplace" are those of Student's t with Satterthwaite's degrees of freedom: three
    seeds know their variance from two degrees of freedom for each arm. In simulations (benchmarks/arm_coverage.py) 95%
    intervals held the truth in 92 to 97% of worlds with 3 seeds or more and with 8 judges.

    Parameters
    ----------
    scores : data frame
        One row for each score: ``arm``, ``prompt_id``, ``judge``, ``seed`` (of training; may be missing for
        the base), ``score``; used where present ``dimension`` and ``response`` (tells answers of
        one run to one prompt apart).
    baseline : str
        The arm that the others are compared with.
    dimension : str or list of str, optional
        Which dimensions; default all.
    scale : "continuous", or an ordered scale as for ``ps.Ratings``
        Continuous: the scores are numbers and the model is gaussian. Ordered, such as ``(1, 5)``: a cumulative model,
        and effects are differences of expected scores over new runs.
    method : str, optional
        Of ``ps.fit``. Default: "laplace", for numbers with restricted maximum likelihood, for an ordered scale with
        ``ps.Priors()``; "hmc" is exact and takes a minute or more.
    prob : float
        Probability of the intervals.
    replicates : int
        Of the bootstrap.
    seed : int

    Returns
    -------
    ArmComparison

    Raises
    ------
    DataError
        Missing columns, scores that are no numbers, a response scored twice by one judge, fewer than two arms.
    ConfigError
        A baseline or dimension that the table does not have, a scores table of several groups of judges.

    References
    ----------
    Satterthwaite (1946), Biometrics Bulletin 2, 110-114; Giesbrecht & Burns (1985), Biometrics 41, 477-486.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [(arm, f"q{p}", "judge", seed, p % 3 + (arm == "dpo") + 0.1 * seed * (arm == "dpo"))
    ...         for arm in ("base", "dpo") for p in range(6) for seed in (0, 1, 2)]
    >>> scores = pd.DataFrame(rows, columns=["arm", "prompt_id", "judge", "seed", "score"])
    >>> round(float(compare_arms(scores).bootstrap["estimate"].iloc[0]), 2)
    1.1
    """
    refuse(check_numbers(prob, replicates, seed))
    check_baseline(scores, baseline)
    table = checked_scores(with_base_seed(scores, baseline))
    refuse_repeats(table)
    check_comparable(table, baseline)
    wanted = chosen_dimensions(table, dimension)
    options = _Options(baseline, scale, method, prob, replicates, seed)
    tasks = [(table[table["dimension"] == name], name, options) for name in wanted]
    parts = dict(zip(wanted, spread(_compare, tasks), strict=True))
    sentences = [*seed_sentences(table, baseline), *(text for part in parts.values() for text in part.problems)]
    return ArmComparison(
        effects=pd.DataFrame([row for part in parts.values() for row in part.effects], columns=list(EFFECT_COLUMNS)),
        seeds=pd.DataFrame([row for part in parts.values() for row in part.seeds]),
        bootstrap=pd.DataFrame([row for part in parts.values() for row in part.bootstrap]),
        draws=pd.concat([draws for part in parts.values() for draws in part.draws], ignore_index=True),
        problems=tuple(dict.fromkeys(sentences)),
        fits={name: part.fit for name, part in parts.items()},
    )


def _compare(scores: pd.DataFrame, name: str, options: _Options) -> _Part:
    baseline = options.baseline
    check_comparable(scores, baseline)
    ratings = arm_ratings(scores, baseline, options.scale)
    model = arm_model(ratings)
    fit = fit_arms(ratings, model.formula, options.method, options.seed)
    arms = [baseline, *(arm for arm in dict.fromkeys(scores["arm"]) if arm != baseline)]
    found = t_effects(fit, model.terms, arms)
    if found is None:
        effects, drawn = posterior_rows(fit, scores, baseline, options.prob), model_draws(fit, arms)
    else:
        effects = t_rows(found, scores, arms, options.prob)
        drawn = dict(zip(arms[1:], found.draws(DRAWS, options.seed).T, strict=True))
    cells, prompts = cells_of(scores)
    check = bootstrap_arms(scores, baseline, options.prob, options.replicates, options.seed)
    place = {"dimension": name}
    return _Part(
        effects=[row | place for row in effects],
        seeds=[row | place for row in seed_rows(cells, baseline)],
        bootstrap=[
            {"arm": arm, **place, **bootstrap_row(check.estimate[arm], draws, options.prob, len(prompts))}
            for arm, draws in check.draws.items()
        ],
        draws=[_long(name, drawn, "model"), _long(name, check.draws, "bootstrap")],
        problems=_located([*model.left_out, *unpaired_sentences(cells, baseline), *fit_sentences(fit)], name),
        fit=fit,
    )


def _long(name: str, draws: Mapping[str, np.ndarray], source: str) -> pd.DataFrame:
    columns = ["dimension", "arm", "source", "draw", "effect"]
    parts = [
        pd.DataFrame({"dimension": name, "arm": arm, "source": source, "draw": np.arange(each.size), "effect": each})
        for arm, each in draws.items()
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _located(sentences: Sequence[str], dimension: str) -> list[str]:
    return [text if dimension == ONE else f"{dimension}: {text}" for text in sentences]
