"""``pluralstats init``, ``check`` and ``study FILE``: from a file of ratings to the study file that reads it."""

import tomllib
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import pluralstats as ps
from pluralstats.cli import app
from pluralstats.study.drafts import files

LONG = "item,rater,rating,gender\n" + "".join(
    f"t{item},p{rater},{1 + (rater * item) % 5},{'female' if rater % 2 else 'male'}\n"
    for rater in range(1, 9)
    for item in range(1, 7)
)


def call(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def ratings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of ratings in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("ratings.csv").write_text(LONG, encoding="utf-8")
    return Path("ratings.csv")


def test_init_writes_a_study_file_that_reads_the_file(ratings: Path):
    done = call("init", ratings)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "ratings.csv is read as a row a rating.",
        "Next: look at study.toml, then pluralstats study study.toml",
    ]
    config = ps.StudyConfig.read("study.toml")
    assert ps.read_ratings(config.data_path(), **config.ratings_options()).n_ratings == 48
    assert call("check", ratings, "--study", "study.toml").exit_code == 0


def test_init_overwrites_nothing_without_force(ratings: Path):
    Path("study.toml").write_text("# mine\n", encoding="utf-8")
    done = call("init", ratings)
    assert done.exit_code == 2
    assert done.stderr == (
        "study.toml stands already and is left alone. Replace it with --force, or choose another --out.\n"
    )
    assert Path("study.toml").read_text(encoding="utf-8") == "# mine\n"
    assert call("init", ratings, "--force").exit_code == 0
    assert ps.StudyConfig.read("study.toml").data["scale"] == [1, 5]


def test_init_follows_no_link_that_leads_nowhere(ratings: Path):
    Path("study.toml").symlink_to("elsewhere.toml")
    assert call("init", ratings).exit_code == 2
    assert not Path("elsewhere.toml").exists()


@pytest.mark.parametrize(
    ("out", "message"),
    [
        (".", "The study file should be written to ., which is a folder. Name a file with --out."),
        (
            "nowhere/study.toml",
            "The study file should be written to nowhere/study.toml, but there is no folder nowhere.",
        ),
    ],
)
def test_init_says_where_it_cannot_write(ratings: Path, out: str, message: str):
    done = call("init", ratings, "--out", out)
    assert done.exit_code == 2
    assert message in done.stderr
    assert [path.name for path in Path().iterdir()] == ["ratings.csv"]


def test_init_that_fails_leaves_nothing(ratings: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fdopen", full)
    done = call("init", ratings)
    assert done.exit_code == 2
    assert "study.toml cannot be written: No space left on device." in done.stderr
    assert [path.name for path in Path().iterdir()] == ["ratings.csv"]


def test_init_writes_paths_from_the_place_of_the_study_file(ratings: Path):
    Path("studies").mkdir()
    assert call("init", ratings, "--out", "studies/one.toml").exit_code == 0
    config = ps.StudyConfig.read("studies/one.toml")
    assert config.data["path"] == "../ratings.csv"
    assert config.data_path().samefile(ratings)


def test_init_says_what_a_person_must_decide(ratings: Path):
    ratings.write_text(LONG.replace(",1,", ",red,").replace(",2,", ",blue,").replace(",3,", ",grey,"), encoding="utf-8")
    done = call("init", ratings)
    assert done.exit_code == 0
    assert "Write the answers (4, 5, blue, grey, red) in their order" in done.stdout
    assert "settle this in study.toml" in done.stdout


def test_init_of_a_file_that_cannot_be_read_writes_nothing(ratings: Path):
    ratings.write_text("", encoding="utf-8")
    done = call("init", ratings)
    assert done.exit_code == 2
    assert "ratings.csv is empty (0 bytes)." in done.stderr
    assert not Path("study.toml").exists()


def test_flags_are_written_down(ratings: Path):
    assert call("init", ratings, "--scale", "1,7", "--format", "long", "--demographics", "gender").exit_code == 0
    data = tomllib.loads(Path("study.toml").read_text(encoding="utf-8"))["data"]
    assert data["scale"] == [1, 7]


def test_an_unknown_format_is_refused(ratings: Path):
    done = call("check", ratings, "--format", "lng")
    assert done.exit_code == 2
    assert "Did you mean 'long'?" in done.stderr


def read_so(text: str) -> ps.Ratings:
    """What the Python call in the output of ``check`` reads."""
    line = next(line for line in text.splitlines() if line.startswith("ps.read_ratings("))
    return eval(line, {"ps": ps})  # our own output, in a test


def test_check_shows_the_shape_the_first_rows_and_how_to_read_them(ratings: Path):
    done = call("check", ratings)
    assert "Read as a row a rating (--format long)." in done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if line.split()[:2] == ["t1", "p1"]]
    assert rows == [["t1", "p1", "2", "female"]]
    section = done.stdout[done.stdout.index("[data]") :].split("\n\n")[0]
    config = ps.StudyConfig.from_toml(section)
    written = ps.read_ratings(config.data_path(), **config.ratings_options())
    assert read_so(done.stdout).data_hash == written.data_hash
    assert written.n_ratings == 48


def test_the_call_reads_the_raters_who_withheld_a_demographic_too(ratings: Path):
    ratings.write_text(LONG.replace(",male", ",Prefer not to say"), encoding="utf-8")
    assert read_so(call("check", ratings).stdout).n_ratings == 48
    assert read_so(call("check", ratings, "--demographics", "gender").stdout).n_ratings == 24


def test_check_never_guesses_the_order_of_words(ratings: Path):
    text = LONG
    for number, word in enumerate(["hot", "cold", "mild", "warm", "cool"], start=1):
        text = text.replace(f",{number},", f",{word},")
    ratings.write_text(text, encoding="utf-8")
    done = call("check", ratings)
    assert "scale=" not in next(line for line in done.stdout.splitlines() if line.startswith("ps.read_ratings("))
    assert '# scale = ["cold", "cool", "hot", "mild", "warm"], in their order' in done.stdout


def test_check_of_columns_with_other_names_proposes_the_flags(ratings: Path):
    ratings.write_text(LONG.replace("item,rater,rating", "text_id,worker,label", 1), encoding="utf-8")
    done = call("check", ratings)
    assert done.exit_code == 1
    assert "It cannot be read as it stands. With --columns worker=rater,text_id=item,label=rating" in done.stdout
    assert "Column 'rater' is missing" in done.stdout
    assert read_so(done.stdout).n_ratings == 48
    again = call("check", ratings, "--columns", "worker=rater,text_id=item,label=rating")
    assert again.exit_code == 0
    assert read_so(again.stdout).n_ratings == 48


def test_a_study_of_a_file_that_a_person_must_describe_is_refused(ratings: Path):
    table = pd.read_csv(ratings).assign(gender=["x", "y"] * 24, rating=["never", "red"] * 24)
    table.to_csv(ratings, index=False)
    done = call("study", ratings)
    assert done.exit_code == 2
    assert done.stderr == (
        "ratings.csv is read as a row a rating. A person has to say:\n"
        "- Write the answers (never, red) in their order, lowest first, as scale = [...] under [data].\n"
        "Write a study file with `pluralstats init ratings.csv`, settle this in it, and run "
        "`pluralstats study study.toml`.\n"
    )
    assert [path.name for path in Path().iterdir()] == ["ratings.csv"]


def test_flags_of_a_file_do_not_go_with_a_study_file(ratings: Path):
    call("init", ratings)
    done = call("study", "study.toml", "--scale", "1,7", "--items", "Q*")
    assert done.exit_code == 2
    assert done.stderr == (
        "--items, --scale describe a file of ratings. Write them under [data] of the study file instead.\n"
    )


def test_two_files_of_ratings_are_one_too_many(ratings: Path):
    done = call("study", ratings, "--data", ratings)
    assert done.exit_code == 2
    assert "--data is too. Give one." in done.stderr
