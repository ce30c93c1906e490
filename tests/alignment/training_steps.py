"""What the tests of trainers share: settings, and the gradient of a whole table at a model that has moved."""

from contextlib import contextmanager

import pytest
import torch
from pluralstats.alignment import RunSettings
from safetensors.torch import load_file
from transformers import Trainer


def settings(tiny, folder, **changes):
    given = {"steps": 4, "batch_size": 8, "save_every": 2, "learning_rate": 1e-3, "max_length": 64} | changes
    return RunSettings(model=tiny, out=folder, **given)


def gradient(trainer):
    """Gradient of the loss of the first batch, away from the reference, where every loss looks the same."""
    model = trainer.model
    noise = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for weights in model.parameters():
            weights += 0.05 * torch.randn(weights.shape, generator=noise)
    model.train()
    (batch, *rest) = trainer.get_train_dataloader()
    assert not rest
    trainer.compute_loss(model, trainer._prepare_inputs(batch)).backward()
    return torch.cat([weights.grad.flatten() for weights in model.parameters() if weights.grad is not None])


def assert_same(one, other):
    """Equal up to rounding, which the order of rows in a batch changes."""
    assert one.abs().max() > 1e-3
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def assert_different(one, other):
    assert (one - other).abs().max() > 1e-3


class Killed(Exception):
    """Stands for a kill in the middle of a step."""


@contextmanager
def killed_in_batch(number):
    """Training stops in the given micro-batch, counted from 1 in this process."""
    calls = []
    training_step = Trainer.training_step

    def counted(self, *args, **kwargs):
        calls.append(1)
        if len(calls) == number:
            raise Killed
        return training_step(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Trainer, "training_step", counted)
        yield


def flipped(path, place):
    """The file with one bit of another value; ``place`` between 0 and 1."""
    content = bytearray(path.read_bytes())
    content[int(place * (len(content) - 1))] ^= 16
    path.write_bytes(content)


def weights_of(run):
    (path,) = run.model.glob("*.safetensors")
    return load_file(path)
