"""Where the weights of a run are, and those of the model that an adapter was trained on."""

from pathlib import Path
from typing import Any

import pluralstats as ps

from .records import read_json

ADAPTER = "adapter_config.json"
BASE = "base_model_name_or_path"


def model_folder(folder: Path, what: str = "model") -> Path:
    """The folder itself, or its ``model/`` or ``adapter/``: whichever holds a model or an adapter.

    Raises
    ------
    ConfigError
        None of them does.
    """
    folder = folder.expanduser()
    for place in (folder, folder / "model", folder / "adapter"):
        if any((place / name).is_file() for name in (ADAPTER, "config.json")):
            return place
    raise ps.ConfigError(f"There is no {what} in {folder}: give the folder of a run, or its model/ or adapter/.")


def base_of(place: Path, base: str | Path | None = None) -> str | None:
    """The model that an adapter was trained on; None where there is no adapter.

    A relative path, which earlier versions stored, is sought from the working directory and then from every folder
    above the adapter.

    Parameters
    ----------
    place : Path
        Of ``model_folder``.
    base : path, optional
        Where the model is now, if not where it was.

    Raises
    ------
    ConfigError
        The folder of the model is missing.
    """
    config: dict[str, Any] | None = read_json(place / ADAPTER)
    if config is None:
        return None
    name = str(config[BASE] if base is None else base)
    found = Path(name).expanduser()
    for start in (Path(), *place.resolve().parents):
        if (start / found / "config.json").is_file():
            return str((start / found).resolve())
    if found.is_absolute() or base is not None or name.startswith(".") or name.count("/") != 1:
        raise ps.ConfigError(
            f"The adapter in {place} was trained on the model '{config[BASE]}', and there is no such folder"
            f"{'' if base is None else f' and no model in `base` {base}'}. Put the model there, or say where it is: "
            "sampled_responses(..., base=FOLDER), load_reward_model(..., base=FOLDER)."
        )
    return name  # of a hub
