"""The house: rooms of at most twelve modules, imports that point downwards, no circles, public names once."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import pluralstats as ps

HOUSE = Path(ps.__file__).parents[1]
# From the ground up (DESIGN section 5). What stands on one line does not know each other.
ORDER = """
    errors
    storage progress cluster
    printing
    data
    population
    model
    inference
    fits
    results disagreement
    labels
    study
    cli
"""
LEVEL = {room: level for level, rooms in enumerate(ORDER.split("\n")) for room in rooms.split()}
FACADE = LEVEL["study"]  # from here up a module may use the public names, ``import pluralstats as ps``
SIBLINGS = {"alignment": {"", "storage", "progress", "cluster", "errors"}, "figures": {"", "errors"}}
MOST = 12  # modules in a folder


def modules():
    """Dotted names of all modules of the three packages, with their files; a package stands for its ``__init__``."""
    files = {}
    for package in ("pluralstats", *SIBLINGS):
        for path in sorted((HOUSE / package).rglob("*.py")):
            parts = path.relative_to(HOUSE).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            files[name if package == "pluralstats" else f"pluralstats.{name}"] = path
    return files


FILES = modules()
STUB = {
    alias.name: f"pluralstats.{node.module}" if node.module else "pluralstats"
    for node in ast.parse((HOUSE / "pluralstats" / "__init__.pyi").read_text(encoding="utf-8")).body
    if isinstance(node, ast.ImportFrom)
    for alias in node.names
}


def imported(source, name, is_package=False):
    """The modules that the text of module ``name`` imports, as dotted names inside pluralstats."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            home = node.module or ""
            if node.level:
                parts = name.split(".")
                base = parts[: len(parts) - node.level + is_package]
                home = ".".join([*base, *home.split(".")] if home else base)
            inside = STUB if home == "pluralstats" else {}
            found = [_module(f"{inside.get(alias.name, home)}.{alias.name}") for alias in node.names]
        else:
            continue
        yield from (module for module in found if module.split(".")[0] == "pluralstats")


def _module(dotted):
    """The module behind a dotted name that may end in something that a module has."""
    return dotted if dotted in FILES else dotted.rpartition(".")[0]


def _imports():
    """Each module with the modules that it imports."""
    return {
        name: set(imported(path.read_text(encoding="utf-8"), name, path.name == "__init__.py"))
        for name, path in FILES.items()
    }


IMPORTS = _imports()


def room(module):
    """The room of a module: "model", "figures"; "" for the package itself."""
    return [*module.split("."), ""][1]


@pytest.mark.parametrize(
    ("line", "module"),
    [
        ("import pluralstats as ps", "pluralstats"),
        ("from pluralstats import figures", "pluralstats.figures"),
        ("from pluralstats import run_study", STUB["run_study"]),
        ("from pluralstats.data.ratings import Ratings", "pluralstats.data.ratings"),
        ("from pluralstats.data import ratings", "pluralstats.data.ratings"),
        ("import pluralstats.cli", "pluralstats.cli"),
        ("def late():\n    from pluralstats.data.ratings import Ratings", "pluralstats.data.ratings"),
        ("from ..data.ratings import Ratings", "pluralstats.data.ratings"),
        ("from . import priors", "pluralstats.model.priors"),
    ],
)
def test_every_way_of_importing_is_seen(line, module):
    assert list(imported(line, "pluralstats.model.design")) == [module]


def test_imports_point_downwards():
    wrong = []
    for name, found in IMPORTS.items():
        if room(name) not in LEVEL:
            continue
        here = LEVEL[room(name)]
        for other in map(room, found):
            level = FACADE if other in ("", "figures") else LEVEL.get(other, len(LEVEL))
            if level > here or (level == here and other != room(name) and other in LEVEL):
                wrong.append(f"{name} imports {other or 'the whole package'}")
    assert wrong == []


@pytest.mark.parametrize("sibling", SIBLINGS)
def test_siblings_use_the_public_names_their_own_modules_and_the_ground_floor(sibling):
    allowed = SIBLINGS[sibling] | {sibling}
    wrong = {
        name: others
        for name, found in IMPORTS.items()
        if room(name) == sibling and (others := set(map(room, found)) - allowed)
    }
    assert wrong == {}


def test_no_modules_import_each_other_in_a_circle():
    assert _circles({name: found for name, found in IMPORTS.items() if name != "pluralstats"}) == {}


def _circles(imports):
    """What is left of a graph when all that leads to no circle is taken out of it."""
    left = {name: found - {name} for name, found in imports.items()}
    while free := [name for name, found in left.items() if not found & left.keys()]:
        left = {name: found for name, found in left.items() if name not in free}
    return {name: found & left.keys() for name, found in left.items()}


def test_rooms_beside_each_other_have_one_direction():
    """Of two folders in one folder at most one imports from the other, straight or through a third."""
    beside = {}
    for name, found in IMPORTS.items():
        for other in found:
            mine, theirs = name.split("."), other.split(".")
            same = next((i for i, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b), 0)
            here, there = ".".join(mine[: same + 1]), ".".join(theirs[: same + 1])
            if same and _is_folder(here) and _is_folder(there):
                beside.setdefault(here, set()).add(there)
    assert _circles(beside) == {}


def _is_folder(name):
    return name in FILES and FILES[name].name == "__init__.py"


def test_a_room_holds_twelve_modules_at_most():
    rooms = [path.parent for path in FILES.values() if path.name != "__init__.py"]
    assert {str(place.relative_to(HOUSE)): rooms.count(place) for place in rooms if rooms.count(place) > MOST} == {}


def test_imports_inside_functions_say_why():
    silent = []
    for path in FILES.values():
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        for function in ast.walk(ast.parse(text)):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Import | ast.ImportFrom):
                        beside = lines[node.lineno - 2 : node.end_lineno]
                        if not any("#" in line for line in beside):
                            silent.append(f"{path.relative_to(HOUSE)}:{node.lineno}")
    assert sorted(set(silent)) == []


def test_every_public_name_loads_and_says_where_it_lives():
    assert sorted(STUB) == sorted(ps.__all__)
    for name, home in STUB.items():
        found = getattr(ps, name)
        if name.startswith("__"):
            continue
        module = found.__name__ if isinstance(found, type(ast)) else found.__module__
        assert module in (home, f"{home}.{name}")


def test_importing_loads_nothing_heavy():
    heavy = ("numba", "matplotlib", "scipy", "pandas", "torch")
    code = f"import sys, pluralstats; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_module_has_the_name_of_a_public_function():
    functions = {name for name in ps.__all__ if name.islower() and callable(getattr(ps, name))}
    assert not functions & {path.stem for path in FILES.values()}


def test_every_folder_of_modules_is_in_the_wheel():
    """setuptools is told the packages one by one, because two of them lie elsewhere: a new room must be named."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = {name if path.name == "__init__.py" else name.rpartition(".")[0] for name, path in FILES.items()}
    assert rooms == set(project["tool"]["setuptools"]["packages"])
