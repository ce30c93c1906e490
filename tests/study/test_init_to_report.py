"""From the file to the page, nothing typed in between: ``pluralstats init``, then ``pluralstats study``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import pluralstats as ps
from pluralstats.cli import app

N_RATERS, N_ITEMS = 20, 8


class Case(NamedTuple):
    """A file in one of the shapes: who writes it into a folder, how it is read, how many ratings are in it."""

    write: Callable[[Path], Path]
    title: str
    n_ratings: int


def complete(seed: int = 1) -> pd.DataFrame:
    """Everybody rates everything: item, rater, gender, rating from 1 to 5; invented."""
    draw = np.random.default_rng(seed)
    rater, item = np.divmod(np.arange(N_RATERS * N_ITEMS), N_ITEMS)
    rating = np.clip(np.round(2 + item / 4 + draw.normal(0, 1.2, len(item))), 1, 5).astype(int)
    ids = {"item": [f"t{i}" for i in item], "rater": [f"p{i:02d}" for i in rater]}
    return pd.DataFrame({**ids, "rating": rating, "gender": np.where(rater % 2, "woman", "man")})


def long_csv(folder: Path) -> Path:
    path = folder / "ratings.csv"
    complete().rename(columns={"item": "text_id", "rater": "worker_id", "rating": "label"}).to_csv(path, index=False)
    return path


def dimensions_csv(folder: Path) -> Path:
    path = folder / "dimensions.csv"
    wide = complete().rename(columns={"rating": "toxicity"}).assign(helpfulness=complete(seed=2)["rating"])
    wide.to_csv(path, index=False)
    return path


N = N_RATERS * N_ITEMS
CASES = {
    "long": Case(long_csv, "a row a rating", N),
    "dimensions": Case(dimensions_csv, "a column a dimension", 2 * N),
}


def call(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize("name", CASES)
def test_init_then_study_makes_the_page(name: str, tmp_path: Path):
    case = CASES[name]
    path = case.write(tmp_path)
    study, out = tmp_path / "study.toml", tmp_path / "results"
    made = call("init", path, "--out", study)
    assert made.exit_code == 0, made.output
    assert f"is read as {case.title}." in made.stdout
    done = call("study", study, "--method", "laplace", "--out", out)
    assert done.exit_code == 0, done.output
    assert case.title.encode() in (out / "study.toml").read_bytes()
    assert json.loads((out / "provenance.json").read_text(encoding="utf-8"))["data"]["n_ratings"] == case.n_ratings
    assert "gender" in (out / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_a_study_of_the_file_itself_is_the_study_that_init_writes(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path, asked = CASES[name].write(tmp_path), []

    def stopped(*arguments: object, **_: object) -> None:
        asked.append(arguments)
        raise ps.FitError("Not fitted in this test.")

    monkeypatch.setattr(ps, "run_study", stopped)
    done = call("study", path)
    assert f"{path} is read as {CASES[name].title}" in done.stderr
    call("init", path, "--out", tmp_path / "study.toml")
    ((config, data, _),) = asked
    assert data is None
    assert config == ps.StudyConfig.read(tmp_path / "study.toml")
