"""What the README shows runs as it stands."""

import shlex
from pathlib import Path

import pandas as pd
from typer.main import get_command
from typer.testing import CliRunner

import pluralstats as ps
from pluralstats.cli import app

README = Path(__file__).parents[1] / "README.md"


def test_the_ten_lines_run_on_a_file(tmp_path, monkeypatch, capsys):
    ratings = ps.simulate(
        n_raters=60,
        n_items=20,
        ratings_per_rater=8,
        demographics={
            "gender": {"female": 0.5, "male": 0.5},
            "politics": {"liberal": 0.5, "conservative": 0.5},
        },
    )
    frame = ratings.frame.assign(rating=ratings.values.astype(int))
    frame.to_csv(tmp_path / "ratings.csv", index=False)
    code = README.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    with pd.option_context("display.width", 250, "display.max_columns", 30, "display.max_rows", 100):
        exec(compile(code, str(README), "exec"), {})
    printed = capsys.readouterr().out
    for expected in ("()", "conservative", "reference", "residual", "alpha_ordinal"):
        assert expected in printed


def blocks(language: str) -> list[str]:
    return [part.split("```")[0] for part in README.read_text(encoding="utf-8").split(f"```{language}\n")[1:]]


def test_the_commands_have_the_flags_that_stand_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (block,) = [block for block in blocks("bash") if block.startswith("pluralstats check")]
    called = [shlex.split(line, comments=True)[1:] for line in block.splitlines()]
    commands = get_command(app).commands
    for name, *words in called:
        flags = {flag for option in commands[name].params for flag in option.opts}
        assert flags >= {word for word in words if word.startswith("--")}, name
    assert [name for name, *_ in called] == ["check", "init", "study", "study", "study", "keys", "labels", "pairs"]
    pd.DataFrame({"item": [1, 1, 2, 2], "rater": [*"abab"], "rating": [1, 3, 5, 2]}).to_csv("ratings.csv", index=False)
    done = [CliRunner().invoke(app, words).exit_code for words in called if words[0] in ("check", "init", "keys")]
    assert done == [0, 0, 0]
