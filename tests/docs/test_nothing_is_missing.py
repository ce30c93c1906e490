"""Every public name has a page, every figure a cell, every key an example; nothing stands there that is not so."""

import tomllib

from making import gallery, keys
from making.subjects import SUBJECTS

import pluralstats as ps
from pluralstats.study.configuration.reference import study_keys
from pluralstats.study.configuration.schema import schema_problems

MODULES = {"alignment", "figures"}  # their names have pages of their own
NOT_DRAWN = {"style", "alt_text"}


def public_names() -> list[str]:
    own = [name for name in ps.__all__ if name not in MODULES and not name.startswith("__")]
    figures = [f"figures.{name}" for name in ps.figures.__all__]
    return sorted([*own, *figures, *(f"alignment.{name}" for name in ps.alignment.__all__)])


def test_every_public_name_is_on_one_page():
    assert sorted(name for subject in SUBJECTS for name in subject.names.split()) == public_names()


def test_every_figure_is_in_the_gallery_once():
    assert sorted(gallery.figures()) == sorted(set(ps.figures.__all__) - NOT_DRAWN)


def test_every_subject_of_the_gallery_is_shown():
    assert sorted(path.stem for path in gallery.SOURCES.glob("*.py")) == sorted(gallery.ORDER)


def test_every_key_has_an_example_and_a_section():
    names = {key.name for key in study_keys()}
    shown = {name for name in keys.examples() if name not in keys.SECTIONS}
    assert shown | {"model.priors"} == names | {"model.priors"}
    assert {key.name.rpartition(".")[0] for key in study_keys()} == set(keys.SECTIONS)


def test_the_examples_of_keys_are_what_study_files_may_say():
    assert schema_problems(tomllib.loads(keys.EXAMPLES.read_text(encoding="utf-8"))) == []


def test_the_page_of_keys_has_each_with_its_meaning():
    page = keys.pages()["index.md"]
    for key in study_keys():
        assert f"(key-{key.name.replace('.', '-').replace('_', '-')})=" in page
        assert key.meaning in page


def test_tutorials_lie_beside_none_of_the_files_that_they_write():
    assert {path.suffix for path in gallery.SOURCES.parent.joinpath("tutorials").rglob("*") if path.is_file()} == {
        ".md"
    }
