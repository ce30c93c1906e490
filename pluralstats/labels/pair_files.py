"""Text files of pairs, whole or not at all; tables with cards are written by ``table_files``."""

import os
from contextlib import suppress
from pathlib import Path

from pluralstats.errors import ConfigError


def write_text(path: Path, text: str) -> Path:
    """Write beside the place and rename, so that nobody reads half a file and a failure leaves the old one.

    Raises
    ------
    ConfigError
        The system does not let us write there.
    """
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(f"Pairs cannot be written to {path}: {reason}. Choose another place.") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return path
