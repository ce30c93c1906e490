"""Models are loaded from safetensors alone, and in the precision that the hardware has."""

import pytest
import torch
from pluralstats.alignment import loading
from training_steps import settings

import pluralstats as ps


def test_a_name_that_no_hub_knows_is_said(tmp_path):
    with pytest.raises(ps.ConfigError, match="The model nobody/no-such-model cannot be loaded"):
        loading.load_model(settings("nobody/no-such-model", tmp_path))


def test_code_of_a_models_own_is_never_run_and_pickles_are_never_read(tiny, tmp_path, monkeypatch):
    asked = {}

    class Spy:
        @staticmethod
        def from_pretrained(name, **options):
            asked.update(options)
            raise OSError("seen enough")

    with pytest.raises(ps.ConfigError):
        loading.load_model(settings(tiny, tmp_path), Spy)
    assert asked["trust_remote_code"] is False
    assert asked["use_safetensors"] is True


def test_a_processor_trains_in_float32_and_keeps_its_activations(tiny, tmp_path):
    chosen = settings(tiny, tmp_path, lora_rank=4)
    model = loading.load_model(chosen)
    arguments = loading.training_arguments(chosen, model)
    assert model.dtype == torch.float32
    assert (arguments["bf16"], arguments["use_cpu"], arguments["gradient_checkpointing"]) == (False, True, False)


@pytest.mark.parametrize("supported", [True, False])
def test_bfloat16_is_used_where_an_accelerator_has_it(supported, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: supported)
    monkeypatch.delenv("ACCELERATE_USE_CPU", raising=False)
    adapter, whole = (loading.load_model(settings(tiny, tmp_path, lora_rank=rank)) for rank in (4, 0))
    assert loading.training_arguments(settings(tiny, tmp_path), whole)["bf16"] is supported
    assert adapter.dtype == (torch.bfloat16 if supported else torch.float32)
    assert whole.dtype == torch.float32  # autocast computes in bfloat16; the weights themselves keep their digits
