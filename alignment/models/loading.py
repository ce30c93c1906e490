"""Models and tokenizers from safetensors alone, what they compute on, and libraries that say nothing in a pipe."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import datasets
import torch
from accelerate import PartialState
from tqdm.std import tqdm
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging

import pluralstats as ps


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


def load_model(
    name: str, architecture: Any = AutoModelForCausalLM, *, adapted: bool = False, **options: Any
) -> PreTrainedModel:
    """A model, its weights in float32 (under an adapter in bfloat16 where the hardware has it).

    Parameters
    ----------
    name : str
        A folder with a model, or its name on a hub.
    architecture : class
        An ``AutoModel`` class of transformers.
    adapted : bool
        Whether an adapter is trained on the weights, which stay as they are.
    options
        For ``from_pretrained``: ``num_labels=1`` of a reward model.

    Raises
    ------
    ConfigError
        No such model, or not in safetensors.
    """
    check_model(name)
    dtype = torch.bfloat16 if adapted and has_bfloat16() else torch.float32
    model = _loaded(architecture, name, use_safetensors=True, dtype=dtype, **options)
    text = model.config.get_text_config()
    if "router_aux_loss_coef" in text.to_dict():  # our losses are about responses, not about balanced experts
        text.router_aux_loss_coef, text.output_router_logits = 0.0, False
    return model


def _loaded(kind: Any, name: str, **options: Any) -> Any:
    place = Path(name).expanduser()
    found = str(place.resolve() if place.is_dir() else place)  # an adapter keeps the name, and is loaded from elsewhere
    try:
        with quiet_libraries():
            return kind.from_pretrained(found, trust_remote_code=False, **options)
    except OSError as error:  # also what the hub says of a name that it does not know
        raise ps.ConfigError(f"The model {name} cannot be loaded: {error}") from error


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


def on_terminal() -> bool:
    """Whether somebody looks on: only then is there a line of progress."""
    return sys.stderr.isatty()


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """No progress bars and no reports inside, but on a terminal; no warnings about the libraries' own names."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
        if on_terminal():
            yield
            return
        with _without_bars():
            yield


@contextmanager
def _without_bars() -> Iterator[None]:
    level, hidden, start = logging.get_verbosity(), datasets.are_progress_bars_disabled(), tqdm.__init__

    def hidden_bar(bar: tqdm, *args: Any, **options: Any) -> None:
        start(bar, *args, **(options | {"disable": True}))

    logging.set_verbosity_error()
    datasets.disable_progress_bars()
    tqdm.__init__ = hidden_bar  # TRL's own bars know no switch
    try:
        yield
    finally:
        tqdm.__init__ = start
        logging.set_verbosity(level)
        if not hidden:
            datasets.enable_progress_bars()
