"""Shared by the tests of training: a tiny model, pairs of two groups, and which warnings of others are let pass."""

import gc
import os
import sys
from pathlib import Path

import pandas as pd
import pluralstats.alignment as alignment
import pytest

for name in ("TRANSFORMERS_OFFLINE", "HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
    os.environ[name] = "1"  # before transformers is imported: no test needs a hub
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # with tensors this small threads only wait for each other

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # test modules here share ``training_steps``
LET_PASS = (
    # TRL sets arguments of transformers that transformers renamed
    "ignore:.*gradient_checkpointing.*is deprecated:FutureWarning",
    # transformers 5.0 counts tokens with it
    "ignore:To copy construct from a tensor:UserWarning",
    # transformers 5.0 says so of the file systems of containers; checkpoints have numbers
    "ignore:mtime may not be reliable:UserWarning",
    # the pin_memory of a data loader without an accelerator
    "ignore:.*pin_memory.*no accelerator:UserWarning",
    # multiprocess (of datasets) forks while torch's threads exist
    "ignore:.*multi-threaded, use of fork.*:DeprecationWarning",
)


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            for text in LET_PASS:
                item.add_marker(pytest.mark.filterwarnings(text))


@pytest.fixture(scope="session", autouse=True)
def libraries_are_no_garbage():
    """accelerate collects garbage before every training: half of a short run, were all of torch looked through."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> str:
    """A tiny model with a chat template."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    return str(alignment.tiny_model(folder, ["the cat sat on the mat", "Is the earth round? yes, it is. no."], seed=3))


@pytest.fixture(scope="session")
def plain(tiny, tmp_path_factory):
    """The tiny model without a chat template and without a sign for padding."""
    from transformers import AutoTokenizer  # after the variables above

    tokenizer = AutoTokenizer.from_pretrained(tiny)
    tokenizer.chat_template, tokenizer.pad_token = None, None
    folder = tmp_path_factory.mktemp("models") / "plain"
    tokenizer.save_pretrained(folder)
    for name in ("config.json", "model.safetensors"):
        (folder / name).write_bytes((Path(tiny) / name).read_bytes())
    return str(folder)


@pytest.fixture(scope="session")
def pairs() -> pd.DataFrame:
    """Eight pairs, four for each of two groups."""
    return pd.DataFrame(
        {
            "prompt": [f"Question {number}?" for number in range(8)],
            "chosen": ["yes", "a cat", "the mat", "round", "no, never", "it is", "blue", "on it"],
            "rejected": ["no", "a dog sat", "cat", "the earth is flat", "maybe", "was", "red or so", "off"],
            "p": [0.9, 0.6, 1.0, 0.5, 0.75, 0.8, 0.55, 0.95],
            "weight": [1.0, 2.0, 0.5, 1.0, 1.5, 0.5, 1.0, 0.5],
            "target": ["liberal", "conservative"] * 4,
        }
    )
