"""Synthetic tables of a study; no number in them stands for anything. And one small study that was really run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.study.report import pictures
from pluralstats.study.sections.order import plans
from pluralstats.study.sections.trust.problems import problem_rows

STUDY = """\
title = "A <small> study & its \\"quotes\\""
seed = 4

[data]
path = "ratings.csv"
scale = [1, 5]
demographics = ["gender", "politics"]

[model]
method = "laplace"
draws = 200

[effects]
estimands = ["points", "P(rating >= 4)"]
rope = 0.1

[agreement]
by = ["gender"]
coefficients = ["alpha_ordinal", "percent"]
replicates = 20
"""


def effect(level="Black", reference="White", demographic="race", estimand="points", **numbers):
    """One row of an effects table."""
    return {
        "demographic": demographic,
        "level": level,
        "reference": reference,
        "estimand": estimand,
        "unit": "",
        "estimate": 0.19,
        "lower": 0.02,
        "upper": 0.37,
        "p_direction": 0.98,
        "p_rope": float("nan"),
        "raw": 0.2,
        "n_raters": 34,
        "n_ratings": 1685,
        "n_raters_reference": 197,
    } | numbers


@pytest.fixture(scope="session")
def effect_row():
    """A function that makes one row of an effects table; every column can be given."""
    return effect


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    """The tables that findings read: three contrasts under two models, shares, agreement."""
    main = [
        effect(),
        effect("Asian", estimate=0.1, lower=-0.1, upper=0.3),
        effect("other", estimate=-0.5, lower=-0.8, upper=-0.3),
    ]
    narrow = [
        effect(estimate=0.21, lower=0.15, upper=0.27),
        effect("Asian", estimate=0.1, lower=0.02, upper=0.18),
        effect("other", estimate=-0.5, lower=-0.6, upper=-0.4),
    ]
    agreement = {"coefficient": "alpha_ordinal", "bootstrap": "both", "estimate": 0.29, "lower": 0.25, "upper": 0.33}
    shares = {"percent": [37.0, 4.0, 24.0, 35.0], "lower": [34.0, 2.0, 20.0, 33.0], "upper": [40.0, 6.0, 27.0, 37.0]}
    return {
        "effects": pd.DataFrame(main),
        "effects_by_model": pd.concat(
            [pd.DataFrame(main).assign(model="main"), pd.DataFrame(narrow).assign(model="items only")],
            ignore_index=True,
        ),
        "variance_shares": pd.DataFrame({"component": ["item", "demographics", "rater", "residual"]} | shares),
        "agreement": pd.DataFrame([{"demographic": "all", "level": "all"} | agreement]),
        "problems": problem_rows([]),
    }


@pytest.fixture(scope="session")
def drawing_only():
    """A context in which studies draw only the figures named: drawing is most of a small study's time."""

    @contextmanager
    def only(*names: str) -> Iterator[None]:
        chosen = {name: plan for name, plan in plans().items() if name in names}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pictures, "plans", lambda: chosen)
            yield

    return only


@pytest.fixture
def undrawn(drawing_only) -> Iterator[None]:
    """Studies of a test that looks at no figure draw none."""
    with drawing_only():
        yield


@pytest.fixture(scope="session")
def study_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small ratings file and the study file that describes it."""
    folder = tmp_path_factory.mktemp("study")
    ratings = ps.simulate(
        n_raters=40,
        n_items=20,
        ratings_per_rater=8,
        demographics={"gender": {"female": 0.5, "male": 0.5}, "politics": {"left": 0.5, "right": 0.5}},
        effects={"gender[male]": 0.8},
        seed=5,
    )
    frame = ratings.frame.assign(rating=ratings.values.astype(int))
    frame.to_csv(folder / "ratings.csv", index=False)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def finished(study_folder: Path, tmp_path_factory: pytest.TempPathFactory):
    """The small study, run once for all tests that look at its results."""
    out = tmp_path_factory.mktemp("out") / "results"
    return ps.run_study(ps.StudyConfig.read(study_folder / "study.toml"), out=out)
