"""Sections stand in one order, once each, and a new one needs nothing but its own module."""

from concurrent.futures import Future
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.data.scale import Scale
from pluralstats.study import sections
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.report import page
from pluralstats.study.sections import order
from pluralstats.study.sections.parts import Chapter, Material, Plan, Section, Study, Subject
from pluralstats.study.steps.apart import Others, Task
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Text, folded


def test_every_section_that_is_written_stands_in_the_order_once():
    names = [found.name for found in walk_packages(sections.__path__, f"{sections.__name__}.")]
    written = [module.SECTION for name in names if hasattr(module := import_module(name), "SECTION")]
    assert len(written) == len(order.SECTIONS) > 30
    assert all(sum(section is other for other in order.SECTIONS) == 1 for section in written)


def test_figures_of_sections_have_names_of_their_own():
    assert len(order.plans()) == sum(len(section.figures) for section in order.SECTIONS)


def test_the_template_names_no_section():
    template = Path(page.__file__).with_name("page.html").read_text(encoding="utf-8")
    ids = [chapter.id for chapter in order.CHAPTERS if chapter.id != "findings"]  # the skip link leads there
    assert not [name for name in ids if f'"{name}"' in template or f"#{name}" in template]


TOY = Section(
    show=lambda study: [
        Text("Raters <b> like toys."),
        folded(col.page_table("toys", "Toys.", study.table("toys"), [col.figure("Toys", "n")])),
    ],
    heading="How many toys?",
    compute=lambda material: {"toys": pd.DataFrame({"n": [len(material.tables["sample"])]})},
    figures={"toys": Plan("Toys.", "toys", lambda table: None, "n")},
    methods={"toys": lambda config: "Toys were counted."},
)


def test_a_section_brings_its_tables_its_words_and_its_place(finished, small: ps.Ratings, monkeypatch):
    chapters = (*order.CHAPTERS, Chapter("toys", "Toys", (TOY,)))
    monkeypatch.setattr(page, "CHAPTERS", chapters)
    monkeypatch.setattr(order, "SECTIONS", (TOY,))
    config, earlier = StudyConfig(), {"sample": finished.tables["sample"]}
    material = Material(None, config, finished.fits, None, None, earlier)
    made = order.tables_of(material, order.Apart((), Others(0)), lambda words: None)
    assert made["toys"]["n"].tolist() == [len(finished.tables["sample"])]  # what was computed before is at hand
    assert list(order.plans()) == ["toys"]
    assert order.methods_of(config, made) == ["Toys were counted."]
    origin = {"versions": {"pluralstats": "1", "python": "3"}, "created": "2026-01-01", "command": "", "seed": 1}
    origin |= {"data": {"file": "", "sha256": "", "n_ratings": 1}}
    study = Study(config, small, finished.tables | made, (), (), {"main": "rating ~ 1"}, origin, ["Toys were counted."])
    html = page.report_page(study)
    assert html.count('<a href="#toys">Toys</a>') == 1
    assert "<h3>How many toys?</h3>" in html
    assert "Raters &lt;b&gt; like toys." in html
    assert 'download="toys.csv"' in html
    assert "Toys were counted." in html


def test_tables_made_apart_are_taken_when_they_are_made_and_stand_where_their_section_does(monkeypatch):
    def asked(name, apart=None):
        return replace(TOY, compute=lambda material: {name: frame(material)}, apart=apart)

    def frame(material):
        return pd.DataFrame({"known": [sorted(material.tables)]})

    def nothing(ratings, config):
        return {}

    sections = (asked("a"), asked("b", nothing), asked("c"), asked("d", nothing))
    monkeypatch.setattr(order, "SECTIONS", sections)
    done, waiting = Task(dict, Future()), Task(lambda: {"late": pd.DataFrame({"n": [1]})}, Future())
    done.made.set_result({"early": pd.DataFrame({"n": [1]})})
    others = Others(0)
    others._waiting.append(waiting)
    material = Material(None, StudyConfig(), {}, None, None, {})
    made = order.tables_of(material, order.Apart((done, waiting), others), lambda words: None)
    assert list(made) == ["a", "early", "b", "c", "late", "d"]
    assert {name: made[name]["known"][0] for name in "abcd"} == {
        "b": ["early"],
        "a": ["b", "early"],
        "c": ["a", "b", "early"],
        "d": ["a", "b", "c", "early", "late"],
    }


class Asked(dict[str, pd.DataFrame]):
    """Tables that remember which of them were asked for; in the place of one that the study lacks are its effects."""

    names: set[str]

    def __missing__(self, name: str) -> pd.DataFrame:
        return super().__getitem__("effects")

    def __getitem__(self, name: str) -> pd.DataFrame:
        self.names.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: object = None) -> pd.DataFrame:
        return self[name]


@pytest.mark.parametrize("name", order.plans())
def test_a_plan_names_every_table_that_its_figure_reads(finished, study_folder: Path, name: str):
    # a table that a plan does not name is not there when its figure is drawn, in whatever process
    plan, asked = order.plans()[name], Asked(finished.tables)
    asked.names = set()
    plan.applies(asked)
    plan.options(Subject(asked, StudyConfig.read(study_folder / "study.toml"), Scale.parse((1, 5))))
    assert asked.names | {plan.needs} == {plan.needs, *plan.reads}
