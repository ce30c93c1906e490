"""Two processes on a CPU train the ordinal reward model of one, whose thresholds follow the forward pass."""

import os
import subprocess
import sys

import pandas as pd
import torch
from pluralstats.alignment import train_model
from safetensors.torch import load_file
from training_steps import settings


def test_two_processes_train_the_thresholds_of_one(tiny, tmp_path):
    answers = {"p_1": [0.2, 0.7] * 4, "p_2": [0.3, 0.2] * 4, "p_3": [0.5, 0.1] * 4}
    rows = pd.DataFrame({"prompt": [f"Question {i}?" for i in range(8)], "response": ["yes", "no"] * 4} | answers)
    table, folder = tmp_path / "rated.parquet", tmp_path / "two"
    rows.to_parquet(table)
    one = train_model(settings(tiny, tmp_path / "one", method="ordinal_reward", batch_size=4, steps=3), table)
    words = f"{table} --model {tiny} --out {folder} --method ordinal_reward --batch-size 2 --steps 3"
    words += " --save-every 2 --learning-rate 1e-3 --max-length 64"
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [sys.executable, *launch, "-m", "pluralstats.alignment.train", *words.split()],
        env=os.environ | {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    first, second = load_file(one.model / "model.safetensors"), load_file(folder / "model" / "model.safetensors")
    assert "answers.gaps" in first
    torch.testing.assert_close(first, second, rtol=0, atol=1e-4)  # three steps of Adam move a weight by up to 3e-3
