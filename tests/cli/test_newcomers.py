"""What ``check`` and ``init`` say of files as people have them: all can be pasted, and what is left out is said."""

import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import pluralstats as ps
from pluralstats.cli import app
from pluralstats.data.reading import sources

ANSWERS = ("not rude", "somewhat rude", "very rude")


def call(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def python_call(stdout: str) -> ps.Ratings:
    """The ratings that the call reads which ``check`` printed."""
    found = re.search(r"^ps\.read_ratings\((.*)\)$", stdout, re.MULTILINE)
    assert found, stdout
    return eval(found[0], {"ps": ps})


def study_ratings() -> ps.Ratings:
    config = ps.StudyConfig.read("study.toml")
    return ps.read_ratings(config.data_path(), **config.ratings_options())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def annotations() -> str:
    """Ratings with columns of other names, and the people of a panel in a second file."""
    rows = [(f"w{rater}", item, 1 + (rater * item) % 5) for rater in range(8) for item in range(1, 7)]
    pd.DataFrame(rows, columns=["worker_id", "text_id", "label"]).to_csv("annotations.csv", index=False)
    people = [(f"w{rater}", "Female" if rater % 2 else "Male") for rater in range(7)] + [("w99", "Female")]
    people = [("w0", "CONSENT_REVOKED"), *people[1:]]
    pd.DataFrame(people, columns=["Participant id", "Sex"]).to_csv("people.csv", index=False)
    return "annotations.csv"


def ticks(n_ticked: int) -> None:
    """A column for each answer; in each row so many are ticked."""
    rows = []
    for item in range(12):
        for rater in range(4):
            marks = [int((item + rater + shift) % 3 < n_ticked) for shift in range(3)]
            rows.append((item, f"A{rater}", *marks))
    names = ["comment_id", "annotator_id", *(f"rude_{answer.split()[0]}" for answer in ANSWERS)]
    pd.DataFrame(rows, columns=names).to_csv("ticks.csv", index=False)


def test_people_are_joined_when_the_raters_are_known(annotations: str):
    done = call("init", annotations, "--people", "people.csv")
    assert done.exit_code == 0, done.output
    assert study_ratings().demographics == ("Sex",)
    checked = call("check", annotations, "--people", "people.csv")
    assert checked.exit_code == 1  # not before its columns are named
    assert python_call(checked.stdout).demographics == ("Sex",)


def test_people_without_ratings_and_ratings_without_people_are_said(annotations: str):
    for command in ("check", "init"):
        said = call(command, annotations, "--people", "people.csv").stdout
        assert "People ('Participant id'): rows without a rating, 1 rater (w99)." in said
        assert "People ('Participant id'): raters without a row, 6 rows of 1 rater (w7)." in said
        assert "Withheld ('Sex'): undisclosed, 1 rater (CONSENT_REVOKED 1)." in said
    assert "rows without a rating" in Path("study.toml").read_text(encoding="utf-8")


def test_columns_that_are_not_used_are_said(annotations: str):
    table = pd.read_csv(annotations).assign(seconds=range(48))
    table.to_csv(annotations, index=False)
    for command in ("check", "init"):
        assert "Columns that are not used: seconds." in call(command, annotations).stdout


def test_ticked_columns_are_answers_of_one_scale_and_a_person_confirms_it():
    ticks(1)
    checked = call("check", "ticks.csv")
    assert "With --columns annotator_id=rater,comment_id=item --answers 'rude_*', to be confirmed" in checked.stdout
    assert python_call(checked.stdout).n_ratings == 48
    done = call("init", "ticks.csv")
    assert "Keep the line answers, or change it." in done.stdout
    section = tomllib.loads(Path("study.toml").read_text(encoding="utf-8"))["data"]
    assert section["answers"] == "rude_*"
    assert call("study", "ticks.csv").exit_code == 2


@pytest.mark.parametrize("n_ticked", [2, 3])
def test_ticks_of_several_in_a_row_are_no_points_of_one_scale(n_ticked: int):
    ticks(n_ticked)
    call("init", "ticks.csv")
    assert "answers" not in tomllib.loads(Path("study.toml").read_text(encoding="utf-8"))["data"]


def test_words_with_one_ending_have_the_order_of_how_much(annotations: str):
    table = pd.read_csv(annotations)
    table.assign(label=[ANSWERS[label % 3] for label in table["label"]]).to_csv(annotations, index=False)
    checked = call("check", annotations)
    assert "in their usual order, to be confirmed: not rude, somewhat rude, very rude." in checked.stdout
    assert python_call(checked.stdout).scale.labels == ANSWERS
    call("init", annotations)
    text = Path("study.toml").read_text(encoding="utf-8")
    assert "the order, to be confirmed" in text
    assert "higher 'rating' is worse, by its answers" in text.replace("\n# ", " ")


def test_a_call_without_a_known_order_says_what_it_lacks(annotations: str):
    table = pd.read_csv(annotations)
    table.assign(label=[("red", "blue")[label % 2] for label in table["label"]]).to_csv(annotations, index=False)
    stdout = call("check", annotations).stdout
    assert "\n# with scale=['blue', 'red'], in their order\n" in stdout
    assert '\n# scale = ["blue", "red"], in their order\n' in stdout


def test_commands_in_messages_can_be_pasted(annotations: str):
    Path(annotations).rename("my ratings (1).csv")
    assert "`pluralstats init 'my ratings (1).csv'`" in call("check", "my ratings (1).csv").stdout
    done = call("init", "my ratings (1).csv", "--out", "my study.toml")
    assert done.stdout.endswith("pluralstats study 'my study.toml'\n")


def test_a_file_whose_columns_nobody_can_tell_is_asked_about_in_flags():
    pd.DataFrame({"a": [1, 2, 3], "b": [1, 2, 3], "c": [1, 2, 2]}).to_csv("odd.csv", index=False)
    checked = call("check", "odd.csv")
    assert checked.exit_code == 2
    assert "Use --columns '<your name>=rater' to rename one. Columns that are a rater each are" in checked.stderr
    assert "are named with --raters." in checked.stderr
    assert "ps." not in checked.stderr
    done = call("init", "odd.csv")
    assert done.stdout.startswith("odd.csv cannot be read yet.\nIt runs when a person has said:\n")
    assert "Name it with --columns '<its name>=rater'." in done.stdout
    assert 'Name it with [data] columns = {"<its name>" = "rater"}.' in Path("study.toml").read_text(
        encoding="utf-8"
    ).replace("\n#   ", " ")


def test_init_reads_a_file_once(annotations: str, monkeypatch: pytest.MonkeyPatch):
    read, calls = sources.read_numbered, []
    monkeypatch.setattr(sources, "read_numbered", lambda path, **how: calls.append(path) or read(path, **how))
    assert call("init", annotations, "--people", "people.csv").exit_code == 0
    assert calls.count(Path(annotations)) == 1


def test_labels_of_numbers_are_undone_when_the_ratings_are_known():
    pyreadstat = pytest.importorskip("pyreadstat", reason="the io extra reads SPSS files")
    rows = [(rater, item, 1.0 + (rater * item) % 3) for rater in range(8) for item in range(1, 7)]
    table = pd.DataFrame(rows, columns=["worker", "text", "label"])
    labels = {"label": dict(zip((1.0, 2.0, 3.0), ("red", "blue", "green"), strict=True))}
    pyreadstat.write_sav(table, "study.sav", variable_value_labels=labels)
    assert call("init", "study.sav", "--scale", "1,3").exit_code == 0
    assert study_ratings().scale.values == (1.0, 2.0, 3.0)
    assert call("init", "study.sav", "--scale", "red,blue,green", "--force").exit_code == 0
    assert study_ratings().scale.labels == ("red", "blue", "green")
