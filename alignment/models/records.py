"""What a run says of itself in JSON, written whole, and the checksums by which its files are known to be unchanged.

Below the rooms of training, because a model that is loaded may lie in the folder of a run.
"""

import json
from pathlib import Path
from typing import Any

import pluralstats as ps
from pluralstats.storage.contents import NO_CARD, SUM, card_sum, changes, entries, file_sums, is_sound
from pluralstats.storage.whole_files import write_whole

PLAN, CARD, METRICS = "plan.json", "card.json", "metrics.csv"
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


def with_sums(card: dict[str, Any], folder: Path, place: Path) -> dict[str, Any]:
    """The card of a finished run with the checksums of its model and its metrics."""
    names = [METRICS, *(f"{place.name}/{name}" for name in entries(place))]
    return card | {"files": file_sums(folder, names)}


def check_finished(folder: Path, card: dict[str, Any]) -> None:
    """Raise where a file of a finished run has changed; weights that were deleted are no damage.

    Raises
    ------
    DataError
        With the names of the files.
    """
    sums = card.get("files", {})
    there = {name: held for name, held in sums.items() if (folder / name).is_file() or name == METRICS}
    if found := changes(folder, there):
        raise ps.DataError(f"The run in {folder} is damaged: {'; '.join(found)}. {ADVICE}")


def check_model_of_run(place: Path) -> None:
    """The same for a model that is about to be loaded, where it lies in the folder of a run of ours."""
    card = read_json(place.parent / CARD) if place.name in ("model", "adapter") else None
    if card is not None and card.get("kind") == "run":
        inside = {name: held for name, held in card.get("files", {}).items() if Path(name).parts[0] == place.name}
        check_finished(place.parent, card | {"files": inside})
