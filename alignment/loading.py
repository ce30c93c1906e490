"""Models and tokenizers from safetensors alone, and the training arguments that the hardware decides."""

import os
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from peft import LoraConfig, TaskType
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

import pluralstats as ps

from .quiet import on_terminal, quiet_libraries
from .settings import RunSettings

CHECKPOINTS, DATASET = "checkpoints", "dataset"  # folders within the run's, while it runs
_CHECKPOINTED_FROM = 500_000_000  # weights from which memory is worth a second forward pass


def check_model(name: str) -> None:
    """Refuse a folder that is no model in safetensors, before anything else is done.

    Raises
    ------
    ConfigError
        A path without a folder, or a folder without ``config.json`` or weights in safetensors.
    """
    folder = Path(name).expanduser()
    if not folder.is_dir():
        if (
            name.count("/") > 1
            or name.startswith((".", "~", os.sep))
            or (name.count("/") == 1 and folder.parent.is_dir())
        ):
            raise ps.ConfigError(f"There is no folder {name}. `model` is a folder with a model or its name on a hub.")
        return
    lost = [what for what in ("config.json", "*.safetensors") if not any(folder.glob(what))]
    if lost:
        raise ps.ConfigError(
            f"{name} is no model in safetensors: it lacks {' and '.join(lost)}. Save it with "
            "`model.save_pretrained(folder)`; pickled weights are not loaded, as they can run code."
        )


def load_tokenizer(name: str) -> PreTrainedTokenizerBase:
    """The tokenizer of a model; the end of a text also pads where it has no sign for that."""
    check_model(name)
    return padded_tokenizer(name)


def padded_tokenizer(name: str) -> PreTrainedTokenizerBase:
    """The same from any folder that has a tokenizer, as that of an adapter."""
    tokenizer = _loaded(AutoTokenizer, name)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(settings: RunSettings, architecture: Any = AutoModelForCausalLM, **options: Any) -> PreTrainedModel:
    """The model to train, its weights in float32 (under LoRA in bfloat16 where the hardware has it).

    Parameters
    ----------
    architecture : class
        An ``AutoModel`` class of transformers.
    options
        For ``from_pretrained``: ``num_labels=1`` of a reward model.

    Raises
    ------
    ConfigError
        No such model, or not in safetensors.
    """
    check_model(settings.model)
    dtype = torch.bfloat16 if settings.lora_rank and has_bfloat16() else torch.float32
    model = _loaded(architecture, settings.model, use_safetensors=True, dtype=dtype, **options)
    text = model.config.get_text_config()
    if "router_aux_loss_coef" in text.to_dict():  # our losses are about responses, not about balanced experts
        text.router_aux_loss_coef, text.output_router_logits = 0.0, False
    return model


def _loaded(kind: Any, name: str, **options: Any) -> Any:
    try:
        with quiet_libraries():
            return kind.from_pretrained(str(Path(name).expanduser()), trust_remote_code=False, **options)
    except OSError as error:  # also what the hub says of a name that it does not know
        raise ps.ConfigError(f"The model {name} cannot be loaded: {error}") from error


def lora(settings: RunSettings, task: TaskType = TaskType.CAUSAL_LM) -> LoraConfig | None:
    """The adapter of a run on all linear layers; None where all weights are trained."""
    if not settings.lora_rank:
        return None
    return LoraConfig(
        r=settings.lora_rank,
        lora_alpha=2 * settings.lora_rank,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type=task,
    )


def has_bfloat16() -> bool:
    """Whether an accelerator computes in bfloat16; a processor does too, but slower than in float32."""
    return not on_processor() and torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)


def on_processor() -> bool:
    """Whether the run is on the CPU: there is nothing else, or ``accelerate launch --cpu`` asks for it."""
    asked = os.environ.get("ACCELERATE_USE_CPU", "false").lower() in ("1", "true", "yes")
    return asked or not torch.accelerator.is_available()


def processes() -> PartialState:
    """The processes of this run, which ``torchrun`` or ``accelerate launch`` started; one without them.

    The first call decides for good how they talk to each other, so it must know that the run is on the CPU.
    """
    return PartialState(cpu=on_processor())


def training_arguments(settings: RunSettings, model: PreTrainedModel) -> dict[str, Any]:
    """The arguments that all trainers share, for the configuration classes of TRL.

    Examples
    --------
    ``DPOConfig(**training_arguments(settings, model), beta=settings.beta)``
    """
    big = model.num_parameters() >= _CHECKPOINTED_FROM
    return {
        "output_dir": str(Path(settings.out) / CHECKPOINTS),
        "max_steps": settings.steps,
        "per_device_train_batch_size": settings.batch_size,
        "gradient_accumulation_steps": settings.accumulation,
        "learning_rate": settings.learning_rate,
        "seed": settings.seed,
        "save_strategy": "steps",
        "save_steps": settings.save_every,
        "logging_steps": max(1, settings.steps // 100),
        "include_num_input_tokens_seen": "non_padding",
        "report_to": "none",
        "bf16": has_bfloat16(),
        "gradient_checkpointing": big and not on_processor(),
        "use_cpu": on_processor(),
        "dataloader_pin_memory": not on_processor(),
        "disable_tqdm": not on_terminal(),
    }
