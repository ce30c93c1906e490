"""Two processes on a CPU train the weights of one with batches of twice the size, and only the first writes.

Both methods are trained by one start of torchrun, each from its command line.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
from pluralstats.alignment import train_model
from safetensors.torch import load_file
from training_steps import settings

TWO_PROCESSES = Path(__file__).with_name("two_processes.py")
LAUNCH = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
STEPS = 3
ANSWERS = {"p_1": [0.2, 0.7] * 4, "p_2": [0.3, 0.2] * 4, "p_3": [0.5, 0.1] * 4}


@pytest.fixture(scope="module")
def tables(pairs, tmp_path_factory):
    """The table of each method, as a file."""
    folder = tmp_path_factory.mktemp("tables")
    texts = {"prompt": [f"Question {i}?" for i in range(8)], "response": ["yes", "no"] * 4}
    made = {"robust_dpo": pairs, "ordinal_reward": pd.DataFrame(texts | ANSWERS)}
    for method, table in made.items():
        table.to_parquet(folder / f"{method}.parquet")
    return {method: folder / f"{method}.parquet" for method in made}


@pytest.fixture(scope="module")
def two(tables, tiny, tmp_path_factory):
    """Folder of each method's run in two processes."""
    out = tmp_path_factory.mktemp("two")
    common = f"--model {tiny} --batch-size 2 --steps {STEPS} --save-every 2 --learning-rate 1e-3 --max-length 64"
    lines = [f"{table} --method {method} --out {out / method} {common}" for method, table in tables.items()]
    lines[0] += f" --held-out {tables['robust_dpo']}"
    (out / "commands.txt").write_text("\n".join(lines))
    done = subprocess.run(
        [sys.executable, *LAUNCH, str(TWO_PROCESSES), str(out / "commands.txt")],
        env=os.environ | {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return out


def one(method, tiny, tables, folder, **options):
    chosen = settings(tiny, folder / "one", method=method, batch_size=4, steps=STEPS, save_every=2)
    return train_model(chosen, tables[method], **options)


def weights_of_both(run, folder):
    first, second = load_file(run.model / "model.safetensors"), load_file(folder / "model" / "model.safetensors")
    torch.testing.assert_close(first, second, rtol=0, atol=1e-4)  # three steps of Adam move a weight by up to 3e-3
    return first


def test_two_processes_train_the_weights_of_one(tiny, tables, two, tmp_path):
    """Group-robust DPO, as the losses of the groups must be gathered."""
    folder = two / "robust_dpo"
    run = one("robust_dpo", tiny, tables, tmp_path, held_out=tables["robust_dpo"])
    card = json.loads((folder / "card.json").read_text())
    assert card["plan"]["processes"] == 2
    weights_of_both(run, folder)
    assert card["tokens"] == run.card["tokens"]
    for name in ("shares", "excess"):
        states = [found["state"]["GroupShares"][name] for found in (run.card, card)]
        torch.testing.assert_close(*(torch.tensor(list(state.values())) for state in states), rtol=1e-4, atol=1e-6)
    for ours, theirs in zip(run.card["held_out"], card["held_out"], strict=True):
        assert ours["n"] == theirs["n"]
        assert abs(ours["log_loss"] - theirs["log_loss"]) < 1e-5
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", "metrics.csv", "model", "plan.json"]


def test_two_processes_train_the_thresholds_of_one(tiny, tables, two, tmp_path):
    """The thresholds of the ordinal reward model follow the network's own forward pass."""
    run = one("ordinal_reward", tiny, tables, tmp_path)
    assert "answers.gaps" in weights_of_both(run, two / "ordinal_reward")
