"""Ratings that several test modules label."""

import numpy as np
import pandas as pd

import pluralstats as ps

RICH = "rating ~ gender * topic + age + wave + (1 + gender | item) + (1 | gender:politics) + (1 + wave | rater)"


def study(seed=8, **changes):
    """30 raters, 9 items of three topics in two questions, two waves; nobody is m and z; age is a number."""
    rng = np.random.default_rng(seed)
    rater = np.repeat(np.arange(30), 6)
    item = np.concatenate([rng.choice(9, 6, replace=False) for _ in range(30)])
    male = rater % 2
    politics = np.where(male, np.array(list("xy"))[rater // 2 % 2], np.array(list("xyz"))[rater // 2 % 3])
    latent = 0.4 * male + rng.normal(size=9)[item] * (1 + 0.4 * male) + rng.normal(size=30)[rater]
    frame = pd.DataFrame(
        {
            "item": np.char.add("i", item.astype(str)),
            "rater": rater,
            "rating": 1 + np.digitize(latent + rng.normal(size=180), [-1.0, 0.0, 0.7, 1.6]),
            "question": np.char.add("q", (item % 2).astype(str)),
            "topic": np.array(["a", "b", "c"])[item % 3],
            "wave": np.where(np.arange(180) % 2, "late", "early"),
            "gender": np.where(male, "m", "f"),
            "politics": politics,
            "age": 20.0 + rater,
        }
    ).assign(**changes)
    return ps.Ratings(
        frame,
        scale=(1, 5),
        demographics=["gender", "politics"],
        covariates=["age", "topic"],
        reference={"gender": "f", "politics": "x"},
    )
