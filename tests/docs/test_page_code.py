"""The Python on the pages runs, page by page from top to bottom; tutorials and the gallery run when they are built."""

import os
import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.model.families.known import FAMILIES
from pluralstats.study.configuration.schema import schema_problems

pytestmark = pytest.mark.usefixtures("site")  # CI asks this after `make docs`; `make test` stays short

OWN_TEST = "guide/lines.md"  # of test_lines.py: it needs files and names that stand on no page
DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if not {"_build", "generated"} & set(path.parts))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> dict[str, list[str]]:
    """The blocks of a language on each page that has some."""
    found = {
        path.relative_to(DOCS).as_posix(): [code for name, code in BLOCK.findall(path.read_text()) if name == language]
        for path in PAGES
    }
    return {page: codes for page, codes in found.items() if codes}


def test_pages_are_found():
    assert {"index.md", "extending/reader.md"} <= set(blocks("python"))
    assert "tutorials/populations.md" in blocks("toml")


@pytest.mark.parametrize("page", [page for page in blocks("python") if page != OWN_TEST])
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, links in list(FAMILIES.items()):  # a page adds a family, and it is gone afterwards
        monkeypatch.setitem(FAMILIES, name, links)
    made = ps.simulate(
        n_raters=30,
        n_items=12,
        ratings_per_rater=8,
        demographics={"gender": {"female": 0.5, "male": 0.5}, "politics": {"liberal": 0.5, "conservative": 0.5}},
    )
    made.frame.assign(rating=made.values.astype(int)).to_csv("ratings.csv", index=False)
    names: dict = {}
    try:
        with pd.option_context("display.width", 200):
            for code in blocks("python")[page]:
                exec(compile(code, page, "exec"), names)
    finally:
        FAMILIES.pop("seven", None)
    assert os.listdir(tmp_path)


@pytest.mark.parametrize(("page", "text"), [(page, text) for page, texts in blocks("toml").items() for text in texts])
def test_study_files_on_pages_have_known_keys(page, text):
    assert schema_problems(tomllib.loads(text)) == []
