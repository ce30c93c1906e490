"""What the phrasebook says to type is typed: its right-hand sides here, those of lme4 and ordinal in R."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps

pytestmark = pytest.mark.usefixtures("site")  # CI asks this after `make docs`; `make test` stays short

PAGE = Path(__file__).parents[2] / "docs" / "phrasebook.md"
ROW = re.compile(r"^\| `(.+)` \| `(.+)` \|$", re.MULTILINE)
R_PACKAGES = ("lme4", "ordinal")


def phrases() -> dict[str, list[tuple[str, str]]]:
    """The pairs (there, here) of every section."""
    parts = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {
        part.partition("\n")[0]: [(a.replace(r"\|", "|"), b.replace(r"\|", "|")) for a, b in ROW.findall(part)]
        for part in parts
    }


PHRASES = phrases()
HERE = [(section, here) for section, pairs in PHRASES.items() for _, here in pairs]


def made_frame() -> pd.DataFrame:
    """The data frame ``d`` of the page."""
    made = ps.simulate(
        n_raters=80,
        n_items=30,
        ratings_per_rater=15,
        n_questions=5,
        demographics={"gender": {"female": 0.5, "male": 0.5}, "politics": {"left": 0.4, "centre": 0.3, "right": 0.3}},
        effects={"gender[male]": 0.5},
        item_slopes={"gender[male]": 0.7},
        seed=21,
    )
    ages = dict(zip(made.raters["rater"], np.random.default_rng(1).integers(18, 80, made.n_raters), strict=True))
    frame = made.frame.astype(dict.fromkeys(("item", "rater", "question", "gender", "politics"), str))
    return frame.assign(rating=made.values, age=frame["rater"].map(ages))


@pytest.fixture(scope="module")
def names() -> dict:
    """What the page calls d, ratings, fit and so on."""
    d = made_frame()
    ratings = ps.Ratings(d, scale=(1, 5), demographics=["gender", "politics"], covariates=["age"])
    binary = d.assign(rating=(d["rating"] >= 3).astype(int))
    rude = ps.Ratings(binary, scale=(0, 1), demographics=["gender"])
    responses = d[["item", "question"]].drop_duplicates()
    responses = responses.assign(prompt=responses["question"], response=responses["item"])
    fit = ps.fit(ratings)
    return {
        "ps": ps,
        "d": d,
        "ratings": ratings,
        "rude": rude,
        "fit": fit,
        "quick": ps.fit(ratings, method="laplace"),
        "crossed": ps.fit(ratings, "rating ~ gender * politics + (1 | item) + (1 | rater)"),
        "aged": ps.fit(ratings, "rating ~ gender + age + (1 | item) + (1 | rater)"),
        "pairs": ps.preference_pairs(fit, responses),
        "answers": d.rename(columns={"item": "task", "rater": "worker", "rating": "label"}),
    }


def test_every_section_has_phrases():
    assert list(PHRASES) == ["lme4", "ordinal", "emmeans", "brms", "krippendorff", "TRL", "crowd-kit"]
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert len(HERE) == len(rows) >= 50  # no row has a shape that the pattern misses


@pytest.mark.parametrize(("section", "here"), HERE, ids=[f"{section}-{i}" for i, (section, _) in enumerate(HERE)])
def test_what_you_type_here_runs(section, here, names, tmp_path, monkeypatch):
    if "RunSettings" in here and importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed: settings of a run are read with what trains")
    monkeypatch.chdir(tmp_path)
    assert eval(here, dict(names)) is not None


R_START = """
suppressMessages({library(lme4); library(ordinal)})
d <- read.csv("d.csv"); d$rude <- as.integer(d$rating >= 3)
m <- lmer(rating ~ gender + (1 | item) + (1 | rater), d)
mo <- clmm(factor(rating) ~ gender + (1 | item) + (1 | rater), data = d, link = "probit")
m0 <- clmm(factor(rating) ~ 1 + (1 | item) + (1 | rater), data = d, link = "probit")
VarCorr <- function(x) if (inherits(x, "clmm")) ordinal::VarCorr(x) else lme4::VarCorr(x)
ranef <- function(x) if (inherits(x, "clmm")) ordinal::ranef(x) else lme4::ranef(x)
"""


def test_what_you_type_there_runs_in_r(tmp_path):
    if shutil.which("Rscript") is None:
        pytest.skip("Rscript is not installed")
    there = [line for section in R_PACKAGES for line, _ in PHRASES[section]]
    asked = ["Rscript", "-e", f"for (p in c{R_PACKAGES}) library(p, character.only = TRUE)"]
    if subprocess.run(asked, capture_output=True).returncode:
        pytest.skip(f"R lacks {' or '.join(R_PACKAGES)}")
    made_frame().to_csv(tmp_path / "d.csv", index=False)
    checked = [f"stopifnot(!is.null({line}))" for line in there]
    (tmp_path / "phrases.R").write_text("\n".join([R_START, *checked, 'cat("all run")']))
    done = subprocess.run(["Rscript", "phrases.R"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.endswith("all run"), done.stderr
