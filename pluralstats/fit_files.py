"""A fit on disk: Parquet, netCDF and JSON in one folder, written whole or not at all."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pluralstats.errors import ConfigError
from pluralstats.folders import replaced_whole

if TYPE_CHECKING:
    from xarray import DataTree

CARD = "fit.json"
FORMAT = 1


def save_fit(
    folder: Path, card: dict[str, Any], parameters: pd.DataFrame, effects: pd.DataFrame, draws: "DataTree"
) -> Path:
    """Write the parts of a fit next to ``folder``, then move them in place.

    Raises
    ------
    ConfigError
        If ``folder`` exists and is not a fit folder.
    """
    with replaced_whole(folder, _refuse_foreign) as made:
        parameters.to_parquet(made / "parameters.parquet", index=False)
        effects.to_parquet(made / "random_effects.parquet", index=False)
        draws.to_netcdf(made / "draws.nc", engine="h5netcdf")
        text = json.dumps({"format": FORMAT} | card, indent=2, allow_nan=False)
        (made / CARD).write_text(text + "\n", encoding="utf-8")
    return folder


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and not (folder / CARD).is_file():
        raise ConfigError(f"'{folder}' exists and holds no fit ({CARD} is missing). Choose another folder.")
