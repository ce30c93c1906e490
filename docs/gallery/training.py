"""Training

Conditions of training against the base, their trade-offs, and who judges which model better. Scores are drawn here
from normal distributions instead of coming from trained models.
"""

# %%
import itertools

import numpy as np
import pandas as pd

import pluralstats as ps

random = np.random.default_rng(9)
shifts = {
    "base": {"toxicity": 0.0, "helpfulness": 0.0},
    "majority": {"toxicity": -0.3, "helpfulness": 0.1},
    "posterior": {"toxicity": -0.6, "helpfulness": 0.3},
}
prompts, seeds = [f"q{i:02d}" for i in range(20)], [1, 2, 3]
easy = dict(zip(prompts, random.normal(0, 0.5, 20), strict=True))
scores = pd.DataFrame(
    [
        (arm, seed, prompt, judge, dimension, 3 + shifts[arm][dimension] + easy[prompt] + random.normal(0, 0.4))
        for arm, seed, prompt, judge, dimension in itertools.product(
            shifts, seeds, prompts, ["judge"], ["toxicity", "helpfulness"]
        )
    ],
    columns=["arm", "seed", "prompt_id", "judge", "dimension", "score"],
)
comparison = ps.alignment.compare_arms(scores, replicates=500)

# %% arms
axes = ps.figures.arms(comparison.effects, seeds=comparison.seeds)

# %% trade_off
plane = ps.alignment.joint_effects(comparison, "toxicity", "helpfulness", better_x="down")
axes = ps.figures.trade_off(plane)

# %% reduction_ratios
draws = comparison.draws.query("dimension == 'toxicity' and source == 'bootstrap'")
axes = ps.figures.reduction_ratios(ps.alignment.reduction_ratios(draws, against="majority"))

# %% win_rates
judged = pd.DataFrame(
    [
        (prompt, first, second, random.choice(["first", "second", "tie"], p=chances))
        for prompt in prompts
        for first, second, chances in [
            ("posterior", "base", [0.6, 0.2, 0.2]),
            ("base", "posterior", [0.3, 0.5, 0.2]),
            ("majority", "base", [0.5, 0.3, 0.2]),
            ("base", "majority", [0.4, 0.4, 0.2]),
        ]
    ],
    columns=["prompt_id", "first", "second", "winner"],
)
axes = ps.figures.win_rates(ps.alignment.judged_wins(judged).table)

# %% distances
ratings = ps.simulate(n_raters=60, n_items=30, ratings_per_rater=15, effects={"gender[male]": -0.4}, seed=9)
labels = ps.aggregate(ratings, "shares", by="gender", smoothing=1.0).table
answers = [name for name in labels if name.startswith("p_")]
everybody = ps.aggregate(ratings, "shares").table[["item", *answers]]
flat = everybody.assign(**dict.fromkeys(answers, 0.2))
models = pd.concat([everybody.assign(arm="all ratings"), flat.assign(arm="untrained")])
axes = ps.figures.distances(ps.alignment.distribution_distances(models, labels, values=[1, 2, 3, 4, 5], replicates=500))

# %% steerability
groups = ["liberal", "conservative"]
judged = pd.DataFrame(
    [
        (target, group, prompt, seed, 3 + 0.5 * (target == group) + easy[prompt] + random.normal(0, 0.4))
        for target, group, prompt, seed in itertools.product(groups, groups, prompts, seeds)
    ],
    columns=["target", "group", "prompt_id", "seed", "score"],
)
steering = ps.alignment.steering_matrix(judged, replicates=500)
axes = ps.figures.steerability(steering.matrix, advantage=steering.advantage)
