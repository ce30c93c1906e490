"""Rooms of alignment: imports between them point downwards, and a training method is a module and a line of a table."""

import ast
from pathlib import Path

import pluralstats.alignment as alignment
import pytest
from pluralstats.alignment.trainers import METHODS

ROOT = Path(alignment.__file__).parent
# From the ground up. What stands on one line does not know each other; commands stand on the roof.
ORDER = """
    tables
    comparison models
    objectives
    rewards
    scoring
    trainers
    runs
    train score
"""
LEVEL = {room: level for level, rooms in enumerate(ORDER.split("\n")) for room in rooms.split()}
MODULES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def room(path):
    return path.relative_to(ROOT).with_suffix("").parts[0]


def imported_rooms(path):
    """The rooms from which a module imports by going up to the top folder, ``from ..tables.rows import ...``."""
    depth = len(path.relative_to(ROOT).parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            yield from [node.module.partition(".")[0]] if node.module else [alias.name for alias in node.names]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_between_rooms_point_downwards(path):
    wrong = {other for other in imported_rooms(path) if LEVEL[other] >= LEVEL[room(path)]}
    assert not wrong, f"{path.relative_to(ROOT)} imports from {', '.join(wrong)}"


def test_every_room_has_its_place_in_the_order():
    assert set(LEVEL) == {room(path) for path in MODULES}


def test_every_training_method_is_a_module_that_makes_a_trainer():
    made = {path.stem for path in (ROOT / "trainers").glob("*.py") if "def make_trainer(" in path.read_text("utf-8")}
    assert made == set(METHODS)
