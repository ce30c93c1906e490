"""A model is trained in the precision that the hardware has."""

import pytest
import torch
from pluralstats.alignment.trainers import starting
from training_steps import settings


def test_a_processor_trains_in_float32_and_keeps_its_activations(tiny, tmp_path):
    chosen = settings(tiny, tmp_path, lora_rank=4)
    model = starting.base_model(chosen)
    arguments = starting.training_arguments(chosen, model)
    assert model.dtype == torch.float32
    assert (arguments["bf16"], arguments["use_cpu"], arguments["gradient_checkpointing"]) == (False, True, False)


@pytest.mark.parametrize("supported", [True, False])
def test_bfloat16_is_used_where_an_accelerator_has_it(supported, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: supported)
    monkeypatch.delenv("ACCELERATE_USE_CPU", raising=False)
    adapter, whole = (starting.base_model(settings(tiny, tmp_path, lora_rank=rank)) for rank in (4, 0))
    assert starting.training_arguments(settings(tiny, tmp_path), whole)["bf16"] is supported
    assert adapter.dtype == (torch.bfloat16 if supported else torch.float32)
    assert whole.dtype == torch.float32  # autocast computes in bfloat16; the weights themselves keep their digits
