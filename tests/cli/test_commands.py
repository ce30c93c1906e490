"""The command line: clean messages, exit codes, nothing half-written."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import pluralstats as ps
from pluralstats.cli import app
from pluralstats.cli.exits import clean_exits
from pluralstats.cli.flags import parse_pairs, parse_scale
from pluralstats.study import pipeline


def call(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_version_is_the_installed_one():
    assert call("--version").stdout == f"{ps.__version__}\n"


OF_THE_COMMAND_LINE = {"annotated_doc", "click", "colorama", "markdown_it", "mdurl", "pygments", "rich"}
OF_THE_COMMAND_LINE |= {"shellingham", "typer", "annotated_types", "pydantic", "pydantic_core"}
OF_THE_COMMAND_LINE |= {"typing_extensions", "typing_inspection"}
OF_THE_COMMAND_LINE |= {"lazy_loader"}  # by which public names load on first use
OF_THE_COMMAND_LINE |= {"attr"}  # by rich, where it is installed, as beside the packages of the pages


@pytest.mark.parametrize("arguments", ["--help", "study --help", "check --help", "init --help", "keys --help"])
def test_help_loads_nothing_but_the_command_line(arguments: str):
    """Typer and what it needs take a quarter of a second, numpy or pandas would take more; a clock measures load."""
    code = f"import sys; from pluralstats.cli import app; app({arguments.split()}, standalone_mode=False); "
    code += "print('modules:', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, _, modules = done.stdout.rpartition("modules:")
    loaded = {name.partition(".")[0] for name in modules.split()} - set(sys.stdlib_module_names)
    others = {name for name in loaded - OF_THE_COMMAND_LINE if not name.startswith("_")}  # of the installation
    assert others == {"pluralstats"}
    assert "Usage:" in said


def test_help_says_what_the_program_is_for():
    assert call("--help").stdout.count("Rater models for people who disagree") == 1


def test_check_prints_the_summary_and_every_problem(tmp_path: Path):
    path = tmp_path / "ratings.csv"
    path.write_text("text,worker,rating,gender\na,1,1,f\nb,1,9,f\na,2,5,m\nb,2,3,m\n", encoding="utf-8")
    done = call("check", path, "--scale", "1,5", "--demographics", "gender", "--columns", "text=item,worker=rater")
    assert done.exit_code == 1
    assert "`rating` has 1 value outside the scale 1-5: 9 (row 2)." in done.stdout
    assert "n_raters" in done.stdout


def test_check_of_a_good_file_exits_with_zero(study_file: Path):
    done = call("check", study_file.parent / "ratings.csv", "--study", study_file)
    assert "No problems were found." in done.stdout
    assert done.exit_code == 0


@pytest.fixture
def study_file(tmp_path: Path) -> Path:
    ratings = ps.simulate(n_raters=30, n_items=15, ratings_per_rater=6, seed=2)
    frame = ratings.frame.assign(rating=ratings.values.astype(int))
    frame.to_csv(tmp_path / "ratings.csv", index=False)
    path = tmp_path / "study.toml"
    path.write_text(
        '[data]\npath = "ratings.csv"\nscale = [1, 5]\ndemographics = ["gender"]\n'
        '[model]\nmethod = "laplace"\ndraws = 100\n'
        '[agreement]\nreplicates = 20\ncoefficients = ["alpha_ordinal"]\n',
        encoding="utf-8",
    )
    return path


STEP = re.compile(r"\d+:\d\d:\d\d [A-Z]")  # the time, and what begins


def without_steps(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not STEP.match(line))


def test_study_writes_the_report_and_prints_the_findings(study_file: Path, tmp_path: Path, undrawn):
    done = call("study", study_file, "--out", tmp_path / "results", "--seed", "7")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "results" / "report.html").exists()
    lines = done.stdout.splitlines()
    assert lines[-1] == f"Report: {tmp_path / 'results' / 'report.html'}"
    assert all(line.startswith("- ") for line in lines[:-1])
    told = done.stderr.splitlines()
    assert all(STEP.match(line) for line in told), told  # no progress bar in a pipe
    assert told[0] == "0:00:00 Reading the ratings"
    assert told[-1].endswith(" Writing the report")


ERRORS = {
    "missing study file": (["study", "nowhere.toml"], "There is no study file nowhere.toml."),
    "own data that are not there": (["study", "--data", "ratings.csv"], "There is no file ratings.csv."),
    "missing ratings": (["check", "nowhere.csv"], "There is no file nowhere.csv."),
    "unknown format": (["check", "ratings.doc"], "found '.doc'. Convert the file."),
    "columns that are no pairs": (
        ["check", "ratings.csv", "--columns", "text"],
        "--columns should be old=new pairs such as worker_id=rater, but has 'text'.",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_our_errors_are_one_clean_message(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    arguments, message = ERRORS[case]
    done = call(*arguments)
    assert message in done.output
    assert "Traceback" not in done.output
    assert done.exit_code == 2
    assert done.stdout == ""


def test_an_error_of_the_study_goes_to_stderr_with_code_2(tmp_path: Path):
    (tmp_path / "study.toml").write_text("titel = 1", encoding="utf-8")
    done = call("study", tmp_path / "study.toml", "--out", tmp_path / "results")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr == "study.toml: `titel` is not a key at the top of a study file. Did you mean 'title'?\n"
    assert not (tmp_path / "results").exists()


@pytest.mark.usefixtures("undrawn")
def test_interrupting_exits_with_130_and_leaves_nothing(study_file: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "write_pictures", interrupted)
    out = study_file.parent / "results"
    done = call("study", study_file, "--out", out)
    assert done.exit_code == 130
    kept = out.parent / ".results.fits"
    assert without_steps(done.stderr) == (
        f"Interrupted; no results were written. The same command goes on from the 2 finished fits in {kept}.\n"
    )
    assert sorted(path.name for path in out.parent.iterdir()) == [".results.fits", "ratings.csv", "study.toml"]
    monkeypatch.undo()
    again = call("study", study_file, "--out", out)
    assert without_steps(again.stderr) == "2 of 2 fits were read from a study that was stopped, not made again.\n"
    assert sorted(path.name for path in out.parent.iterdir()) == ["ratings.csv", "results", "study.toml"]


def test_scales_and_pairs_are_read_as_written():
    assert parse_scale("1,5") == [1, 5]
    assert parse_scale("0,0.5,1") == [0, 0.5, 1]
    assert parse_scale("wave: 1=1,5; 2 = no,yes") == {"wave": {"1": [1, 5], "2": ["no", "yes"]}}
    assert parse_scale("no, maybe ,yes") == ["no", "maybe", "yes"]
    assert parse_pairs("a=b,c=d") == {"a": "b", "c": "d"}


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP")
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_being_stopped_runs_what_tidies_up(name: str, code: int):
    number = getattr(signal, name)
    before = signal.signal(number, signal.SIG_DFL)  # under nohup the tests themselves ignore SIGHUP
    try:
        with pytest.raises(SystemExit) as caught, clean_exits():
            signal.raise_signal(number)
        assert signal.getsignal(number) == signal.SIG_DFL
    finally:
        signal.signal(number, before)
    assert caught.value.code == code


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP")
def test_under_nohup_a_closed_terminal_stops_nothing():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with clean_exits():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_messages_speak_of_flags_and_study_keys(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text("item,who,rating\na,1,1\na,1,2\nb,1,9\n")
    assert "Use --columns '<your name>=rater' to rename one." in call("check", path).output
    output = call("check", path, "--columns", "who=rater", "--scale", "1,5").output
    assert 'Pass [data] duplicates = "first" or "last"' in output
    assert "or pass another `--scale`" in output
    assert 'duplicates="first"' in str(ps.check(path, columns={"who": "rater"}, scale=(1, 5)).problems)


def test_check_prints_numbers_and_missing_ratings(tmp_path):
    path = tmp_path / "ratings.csv"
    answers = dict(zip("abcd", [7, -99, 55, ""], strict=True))
    rows = [f"{item},{rater},{rating}" for rater in range(9) for item, rating in answers.items()]
    path.write_text("item,rater,rating\n" + "\n".join(rows))
    output = call("check", path, "--scale", "continuous").output
    assert "least" in output
    assert "n_missing" in output
    assert "missing in 9 of 36 rows (25%)" in output
    assert "[data] na_values = [-99]" in output


def test_check_says_problems_first_and_long_demographics_last(tmp_path):
    towns = [f"town {i}" for i in range(40)]
    rows = [f"{i % 5},r{i % 40},{1 + i % 9 % 5},{towns[i % 40]},{'fm'[i % 40 % 2]}" for i in range(200)]
    rows[7] = rows[7].replace(",r7,", ",r7,9", 1)
    path = tmp_path / "ratings.csv"
    path.write_text("\n".join(["item,rater,rating,town,gender", *rows]) + "\n")
    said = call("check", path, "--scale", "1,5", "--demographics", "town,gender").stdout
    places = [said.index(text) for text in ("problem", " all ", "In Python:", " gender   f", "town 39")]
    assert places == sorted(places)
    assert said.splitlines()[0].endswith("problems were found:")
