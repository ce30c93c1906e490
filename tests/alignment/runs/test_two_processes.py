"""Two processes on a CPU train the weights of one with batches of twice the size, and only the first writes."""

import json
import os
import subprocess
import sys

import torch
from pluralstats.alignment import train_model
from safetensors.torch import load_file
from training_steps import settings


def test_two_processes_train_the_weights_of_one(tiny, pairs, tmp_path):
    """Group-robust DPO, as the losses of the groups must be gathered; started from the command line."""
    table, folder = tmp_path / "pairs.parquet", tmp_path / "two"
    pairs.to_parquet(table)
    chosen = settings(tiny, tmp_path / "one", method="robust_dpo", batch_size=4, steps=3, save_every=3)
    one = train_model(chosen, table, held_out=table)
    words = f"{table} --held-out {table} --model {tiny} --out {folder} --method robust_dpo --batch-size 2 --steps 3"
    words += " --save-every 3 --learning-rate 1e-3 --max-length 64"
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [sys.executable, *launch, "-m", "pluralstats.alignment.train", *words.split()],
        env=os.environ | {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    card = json.loads((folder / "card.json").read_text())
    assert card["plan"]["processes"] == 2
    first, second = load_file(one.model / "model.safetensors"), load_file(folder / "model" / "model.safetensors")
    torch.testing.assert_close(first, second, rtol=0, atol=1e-4)  # three steps of Adam move a weight by up to 3e-3
    assert card["tokens"] == one.card["tokens"]
    for name in ("shares", "excess"):
        states = [found["state"]["GroupShares"][name] for found in (one.card, card)]
        torch.testing.assert_close(*(torch.tensor(list(state.values())) for state in states), rtol=1e-4, atol=1e-6)
    for ours, theirs in zip(one.card["held_out"], card["held_out"], strict=True):
        assert ours["n"] == theirs["n"]
        assert abs(ours["log_loss"] - theirs["log_loss"]) < 1e-5
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", "metrics.csv", "model", "plan.json"]
