"""Drafts as files and as studies: what ``pluralstats init`` writes and ``pluralstats study FILE`` runs."""

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import Any

from pluralstats.errors import ConfigError
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.drafts.drafting import Draft, draft_study
from pluralstats.study.drafts.text import draft_text


def write_draft(path: str | Path, out: str | Path, options: Mapping[str, Any], *, replace: bool = False) -> Draft:
    """Write the study file of a ratings file, whole or not at all.

    Parameters
    ----------
    path : path
        The ratings.
    out : path
        The study file.
    options : mapping
        As for ``draft_study``.
    replace : bool
        Whether a file that stands at ``out`` may be replaced.

    Raises
    ------
    ConfigError
        When something stands at ``out`` or nothing can be written there.
    DataError
        When the ratings cannot be read.
    """
    out = Path(out)
    _refuse(out, replace)
    draft = draft_study(path, options)
    _write(out, draft_text(draft, out.parent))
    return draft


def _refuse(out: Path, replace: bool) -> None:
    if out.is_dir():
        raise ConfigError(f"The study file should be written to {out}, which is a folder. Name a file with --out.")
    if not replace and (out.exists() or out.is_symlink()):
        raise ConfigError(f"{out} stands already and is left alone. Replace it with --force, or choose another --out.")
    if not out.parent.is_dir():
        raise ConfigError(f"The study file should be written to {out}, but there is no folder {out.parent}. Make it.")


def _write(out: Path, text: str) -> None:
    partial = None
    try:
        handle, partial = tempfile.mkstemp(prefix=".study.", dir=out.parent)  # a name that nobody can wait for
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(partial).chmod(0o644)
        Path(partial).replace(out)
    except OSError as error:
        raise ConfigError(f"{out} cannot be written: {error.strerror}. Choose another place with --out.") from error
    finally:
        if partial is not None:
            with suppress(FileNotFoundError):  # it has become the study file
                Path(partial).unlink()


def drafted_config(path: str | Path, options: Mapping[str, Any]) -> tuple[StudyConfig, Draft]:
    """The study that ``pluralstats init`` would write for a file, where nothing but the polarity is open.

    Raises
    ------
    ConfigError
        When a person must decide something before; it says what, and how.
    """
    path = Path(path)
    draft = draft_study(path, options)
    if draft.to_confirm:
        said = "\n".join(f"- {sentence}" for sentence in draft.to_confirm)
        raise ConfigError(
            f"{path.name} {draft.described}. A person has to say:\n{said}\nWrite a study file with "
            f"`pluralstats init {quote(str(path))}`, settle this in it, and run `pluralstats study study.toml`."
        )
    return StudyConfig.from_toml(draft_text(draft, path.parent), folder=path.parent, name=path.name), draft
