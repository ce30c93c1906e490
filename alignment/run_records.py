"""What a run says of itself in JSON: written whole, with a checksum that is checked when it is read."""

import json
from pathlib import Path
from typing import Any

import pluralstats as ps
from pluralstats.storage.contents import NO_CARD, SUM, card_sum, is_sound
from pluralstats.storage.whole_files import write_whole

ADVICE = "Take it from a backup, or delete the folder of the run and train again."


def write_json(path: Path, content: dict[str, Any]) -> None:
    """The file whole or not at all, whenever the program is killed; with a checksum of itself."""
    plain = json.loads(json.dumps(content))
    text = json.dumps({**plain, SUM: card_sum(plain)}, indent=1, ensure_ascii=False)
    write_whole(path, text.encode("utf-8"), "The run")


def read_json(path: Path) -> dict[str, Any] | None:
    """The content of a file without its checksum; None where there is none.

    Raises
    ------
    DataError
        It cannot be read, or has changed since it was written.
    """
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        held = content.pop(SUM, None)
    except NO_CARD as error:
        raise ps.DataError(f"'{path}' cannot be read as JSON ({error}). {ADVICE}") from error
    if held is not None and not is_sound(content, held):
        raise ps.DataError(f"'{path}' has changed since it was written. {ADVICE}")
    return content
