"""The example of a real model runs from ratings to report, here with a model of 0.1 million weights."""

import runpy
from pathlib import Path

import pandas as pd
from pluralstats.alignment import tiny_model

SCRIPT = Path(__file__).parents[2] / "analysis" / "smollm2.py"


def test_the_example_goes_from_ratings_to_a_report_with_a_section_on_training(tmp_path, capsys):
    responses = pd.read_csv(SCRIPT.with_name("responses.csv"))
    model = tiny_model(tmp_path / "tiny", responses["prompt"] + " " + responses["response"])
    argv = ["--model", str(model), "--steps", "2", "--tokens", "4", "--out", str(tmp_path / "out")]
    assert runpy.run_path(str(SCRIPT))["main"](argv) == 0
    assert "SIMULATED" in capsys.readouterr().out
    answers = pd.read_csv(tmp_path / "out" / "answers.csv")
    assert answers.groupby("arm").size().to_dict() == {"base": 4, "dpo": 4}
    assert (tmp_path / "out" / "run" / "adapter" / "adapter_model.safetensors").is_file()
    page = (tmp_path / "out" / "study" / "report.html").read_text(encoding="utf-8")
    assert 'id="training-heading"' in page
    assert "SIMULATED DATA" in page
