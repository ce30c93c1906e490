"""Scores with known effects; no number in them stands for anything."""

import numpy as np
import pandas as pd

COLUMNS = ["arm", "prompt_id", "judge", "seed", "score"]
TRUTH = {"dpo": 0.5, "grpo": 0.0}


def made_scores(seed=1, *, effects=TRUTH, seeds=3, prompts=30, judges=1, run=0.2, cell=0.3, noise=0.5,
                judge_arm=0.0):  # fmt: skip
    """Prompts, training runs and arms by prompts are random; the base was trained never."""
    random = np.random.default_rng(seed)
    at = random.normal(0.0, 1.0, prompts)
    rows = []
    for arm, effect in {"base": 0.0, **effects}.items():
        own = random.normal(0.0, cell, prompts)
        likes = random.normal(0.0, judge_arm, judges) if judge_arm else np.zeros(judges)
        for s in range(1 if arm == "base" else seeds):
            shift = 0.0 if arm == "base" else random.normal(0.0, run)
            for p in range(prompts):
                answer = 3.0 + effect + at[p] + own[p] + shift + random.normal(0.0, noise)
                rows += [
                    (arm, f"q{p}", f"judge {j}", s, answer + 0.2 * j + likes[j] + random.normal(0.0, 0.1))
                    for j in range(judges)
                ]
    return pd.DataFrame(rows, columns=COLUMNS)
