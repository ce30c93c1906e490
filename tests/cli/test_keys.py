"""``pluralstats keys``: every key of the schema with the default that a study really has."""

from dataclasses import MISSING
from pathlib import Path

import pytest
from typer.testing import CliRunner

import pluralstats as ps
from pluralstats.cli import app
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.configuration.meanings import MEANINGS
from pluralstats.study.configuration.reference import NEEDED, PLACES, default, study_keys
from pluralstats.study.configuration.schema import SECTIONS

PARTS = [name for name in SECTIONS if name not in ("data", "population", "training")]


def call(*arguments: str):
    return CliRunner().invoke(app, ["keys", *arguments])


def test_every_key_of_the_schema_has_a_meaning_and_no_other_has():
    assert {place: set(known) for place, known in PLACES.items()} == {
        place: set(said) for place, said in MEANINGS.items()
    }
    assert all(meaning.endswith(".") and "\n" not in meaning for keys in MEANINGS.values() for meaning in keys.values())


def test_the_reference_has_every_key_once():
    names = [key.name for key in study_keys()]
    assert len(names) == len(set(names)) == sum(map(len, PLACES.values()))
    assert all(key.kind and key.default and key.meaning for key in study_keys())


@pytest.mark.parametrize("part", PARTS)
def test_defaults_are_those_of_an_empty_study_file(part: str):
    empty = getattr(StudyConfig.from_toml(f"[{part}]\n"), part)
    assert {name: default(part, name) for name in SECTIONS[part]} == {
        name: getattr(empty, name) for name in SECTIONS[part]
    }


def test_defaults_of_priors_are_those_that_a_fit_gets():
    priors = StudyConfig.from_toml("[model.priors]\n").model.priors
    assert {name: default("model.priors", name) for name in PLACES["model.priors"]} == priors.as_dict()


def test_defaults_of_data_are_those_of_the_reader(tmp_path: Path):
    """A file read with every default written out is the same as one read without: the defaults are true."""
    path = tmp_path / "ratings.csv"
    path.write_text("item,rater,rating,gender\na,1,1,f\nb,1,2,f\na,2,5,m\nb,2,3,m\n", encoding="utf-8")
    written = {name: default("data", name) for name in SECTIONS["data"]}
    written = {name: value for name, value in written.items() if value is not MISSING and value is not None}
    given = {"scale": (1, 5), "demographics": ["gender"]}
    one, other = ps.read_ratings(path, **given), ps.read_ratings(path, **{**written, **given})
    assert one.data_hash == other.data_hash
    assert one.policies.equals(other.policies)


def test_the_table_has_the_keys_and_their_defaults():
    done = call("agreement")
    assert done.exit_code == 0
    assert "agreement.replicates" in done.stdout
    assert "title" not in done.stdout


def test_markdown_has_a_row_for_each_key():
    lines = call("--format", "markdown").stdout.splitlines()
    assert lines[0] == "| key | what it may be | default | meaning |"
    assert len(lines) == 2 + len(study_keys())
    assert all(line.replace("\\|", "").count("|") == 5 for line in lines)
    assert f"`{NEEDED}`" in next(line for line in lines if "`training.results`" in line)


def test_an_unknown_section_is_answered_with_the_nearest():
    done = call("modle")
    assert done.exit_code == 2
    assert "A study file has no section [modle]. Did you mean 'model'?" in done.stderr
