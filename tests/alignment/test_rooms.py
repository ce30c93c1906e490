"""Rooms of alignment: imports point downwards, following a call never leads back up, and no folder is a heap."""

import ast
from collections import Counter
from pathlib import Path

import pluralstats.alignment as alignment
import pytest
from pluralstats.alignment.trainers import METHODS

ROOT = Path(alignment.__file__).parent
# from the ground up; of two rooms on one floor neither knows the other
FLOORS = [
    {"tables"},
    {"comparison", "models"},
    {"objectives"},
    {"rewards"},
    {"scoring"},
    {"trainers"},
    {"runs"},
    {"train", "score"},
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
MOST_MODULES = 12


def modules():
    return sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def place(path):
    """The parts of a module's name; a package is its folder."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


PLACES = {place(path): path for path in modules()}


def imported(path):
    """The modules of alignment that one imports, as parts of their names."""
    here = path.parent.relative_to(ROOT).parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = (*here[: len(here) - node.level + 1], *(node.module or "").split("."))
            base = tuple(part for part in base if part)
            names = [(*base, alias.name) for alias in node.names]
            yield from {name if name in PLACES else base for name in names}


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_point_downwards(path):
    room = place(path)[0]
    for other in imported(path):
        assert other in PLACES, f"{path} imports {'.'.join(other)}, which is no module of a room"
        assert other[0] == room or FLOOR[other[0]] < FLOOR[room], f"{path} imports {'.'.join(other)}, which lies above"


def test_no_module_leads_back_to_itself():
    left = {name: {other for other in imported(path) if other != name} for name, path in PLACES.items()}
    while free := [name for name, others in left.items() if not others]:
        left = {name: others - set(free) for name, others in left.items() if name not in free}
    assert not left, f"these import each other in a circle: {sorted('.'.join(name) for name in left)}"


def test_a_folder_has_no_more_modules_than_one_overlooks():
    sizes = Counter(path.parent.name for path in modules() if path.name != "__init__.py")
    assert max(sizes.values()) <= MOST_MODULES, sizes


def test_every_training_method_is_a_module_that_makes_a_trainer():
    made = {path.stem for path in (ROOT / "trainers").glob("*.py") if "def make_trainer(" in path.read_text("utf-8")}
    assert made == set(METHODS)
