"""A fit on disk: Parquet, netCDF and JSON in one folder, written whole or not at all."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from pluralstats.errors import ConfigError

CARD = "fit.json"
FORMAT = 1


def save_fit(folder: Path, card: dict[str, Any], parameters: pd.DataFrame, effects: pd.DataFrame, draws: Any) -> Path:
    """Write the parts of a fit next to ``folder``, then move them in place.

    Raises
    ------
    ConfigError
        If ``folder`` exists and is not a fit folder.
    """
    if folder.exists() and not (folder / CARD).is_file():
        raise ConfigError(f"'{folder}' exists and holds no fit ({CARD} is missing). Choose another folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        parameters.to_parquet(made / "parameters.parquet", index=False)
        effects.to_parquet(made / "random_effects.parquet", index=False)
        draws.to_netcdf(made / "draws.nc", engine="h5netcdf")
        text = json.dumps({"format": FORMAT} | card, indent=2, allow_nan=True)
        (made / CARD).write_text(text + "\n", encoding="utf-8")
        if folder.exists():
            old = made.with_name(made.name + "-old")
            folder.rename(old)
            made.rename(folder)
            shutil.rmtree(old)
        else:
            made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder
