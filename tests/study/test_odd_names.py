"""Names people give to levels, dimensions and models: signs of HTML, of mathematics and of paths stay literal."""

from pathlib import Path

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.printing.wording import slugs

FIGURES = ("effects", "comparison", "rating_shares")
LEVEL = "a$b$c_1 <script>"
STUDY = """
    title = "<script>alert(1)</script> & $x_1$ 50%"
    [data]
    path = "wide.csv"
    dimensions = ["kind/ness", "../up: 50%"]
    scale = [1, 5]
    demographics = ["gender"]
    [model]
    draws = 100
    alternatives = {"items/only <b>" = "rating ~ gender + (1 | item)"}
    [effects]
    estimands = ["points"]
    [agreement]
    coefficients = ["percent"]
    replicates = 20
"""


@pytest.fixture(scope="module")
def odd(study_folder: Path, tmp_path_factory: pytest.TempPathFactory, drawing_only):
    """A small study with names that mean something to HTML, to matplotlib or to a file system."""
    folder = tmp_path_factory.mktemp("odd")
    long = pd.read_csv(study_folder / "ratings.csv").drop(columns="politics").replace({"gender": {"male": LEVEL}})
    wide = long.rename(columns={"rating": "kind/ness"}).assign(**{"../up: 50%": 6 - long["rating"]})
    wide.to_csv(folder / "wide.csv", index=False)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    with drawing_only(*FIGURES):
        return ps.run_study(ps.StudyConfig.read(folder / "study.toml"), out=folder / "results")


def test_every_file_has_a_safe_name_inside_the_results(odd):
    fits = {path.name for path in (odd.folder / "fits").iterdir()}
    assert fits == {"main", "items-only-b"}  # of both dimensions at once
    assert slugs(["main kind/ness", "main ../up: 50%"]) == ["main-kind-ness", "main-up-50"]  # of one each
    beside = {path.name for path in odd.folder.parent.iterdir()}
    assert beside == {"wide.csv", "study.toml", "results"}


def test_names_are_text_on_the_page(odd):
    html = (odd.folder / "report.html").read_text(encoding="utf-8")
    assert html.count("<script>") == 1  # our own
    assert "a$b$c_1 &lt;script&gt;" in html
    assert "<h1>&lt;script&gt;alert(1)&lt;/script&gt; &amp; $x_1$ 50%</h1>" in html
    assert "<b>" not in html


@pytest.mark.parametrize("name", FIGURES)
def test_names_are_text_in_the_figures(odd, name: str):
    svg = (odd.folder / "figures" / f"{name}.svg").read_text(encoding="utf-8")
    assert "a$b$c_1 &lt;script&gt;" in svg
    assert "<script>" not in svg
