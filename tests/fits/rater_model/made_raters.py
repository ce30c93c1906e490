"""Ratings of the general rater model (METHODS section 8), made here from its formula and not by the package.

``python made_raters.py FOLDER`` writes them as ``rows.csv`` for the programs whose numbers the tests quote.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

import pluralstats as ps

THRESHOLDS = {"hate": [-1.2, -0.3, 0.4, 1.5], "harm": [-0.6, 0.1, 1.0, 1.4]}
EDUCATION = ["school", "college", "bachelor", "master"]
EDUCATION_STEPS = np.array([0.0, 0.1, 0.5, 0.6])
ORDERS = {"gender": ["female", "male"], "politics": ["left", "centre", "right"], "education": EDUCATION}


def rows(n_raters: int = 40, n_items: int = 15, seed: int = 5, noise_sd: float = 0.3) -> pd.DataFrame:
    """Every rater rates every item on both dimensions; place, noise and use of the scale differ between raters.

    Columns: item, rater, dimension, rating (1 to 5), gender, politics, education, age, slur (of items).
    """
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({"rater": [f"r{i:02d}" for i in range(n_raters)]})
    people["gender"] = np.array(ORDERS["gender"])[np.arange(n_raters) % 2]
    people["politics"] = np.array(ORDERS["politics"])[np.arange(n_raters) % 3]
    people["education"] = np.array(EDUCATION)[rng.permutation(n_raters) % 4]
    people["age"] = 20 + rng.permutation(n_raters)
    male, right = (people["gender"] == "male").to_numpy(float), (people["politics"] == "right").to_numpy(float)
    learnt = EDUCATION_STEPS[pd.Categorical(people["education"], EDUCATION).codes]
    place = -0.5 + 0.3 * male + 0.4 * right + learnt + 0.5 * rng.standard_normal(n_raters)
    noise = np.exp(0.4 * male + noise_sd * rng.standard_normal(n_raters))
    use = -0.3 * male + 0.3 * rng.standard_normal(n_raters)
    item = 0.8 * rng.standard_normal(n_items)
    tables = []
    for name, tau in THRESHOLDS.items():
        theta = np.mean(tau) + np.exp(use)[:, None] * (np.array(tau) - np.mean(tau))
        latent = place[:, None] + item + noise[:, None] * rng.standard_normal((n_raters, n_items))
        rating = 1 + (latent[..., None] > theta[:, None, :]).sum(axis=-1)
        who, what = np.indices(rating.shape).reshape(2, -1)
        table = people.iloc[who].assign(item=[f"i{j:02d}" for j in what], dimension=name, rating=rating.ravel())
        tables.append(table.assign(slur=np.where(item[what] > 0.0, "yes", "no")))
    columns = ["item", "rater", "dimension", "rating", "gender", "politics", "education", "age", "slur"]
    return pd.concat(tables, ignore_index=True)[columns]


def ratings(frame: pd.DataFrame) -> ps.Ratings:
    """The rows as the package takes them; one dimension stays without a name.

    Several are called "asked" too: thresholds by it leave all else the same for both, as in other programs.
    """
    frame = frame.assign(asked=frame["dimension"])
    if len(frame["dimension"].unique()) == 1:
        frame = frame.drop(columns="dimension")
    frame = frame.assign(education=pd.Categorical(frame["education"], EDUCATION, ordered=True))
    reference = {name: levels[0] for name, levels in ORDERS.items()}
    return ps.Ratings(
        frame, scale=(1, 5), demographics=list(ORDERS), covariates=["age", "slur", "asked"], reference=reference
    )


if __name__ == "__main__":
    rows().to_csv(Path(sys.argv[1]) / "rows.csv", index=False)
