"""Imports point downwards (DESIGN section 5), the public names agree everywhere, importing is cheap."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import pluralstats as ps

ROOT = Path(ps.__file__).parent
ORDER = ["errors", "data", "model", "inference", "fits", "results", "disagreement", "study", "cli"]
LEVEL = {name: level for level, name in enumerate(ORDER)}
LEVEL |= dict.fromkeys(["fit_files", "fit_tables"], LEVEL["fits"])


def modules():
    return sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def imported_parts(path):
    """Second part of every absolute import of pluralstats, and the names taken from ``pluralstats`` itself."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module]
        for name in names:
            parts = name.split(".")
            if parts[0] == "pluralstats" and len(parts) > 1:
                yield parts[1]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_point_downwards(path):
    here = LEVEL[path.relative_to(ROOT).parts[0].removesuffix(".py")]
    for part in imported_parts(path):
        if part == "figures":
            assert here >= LEVEL["study"], f"{path.name} draws: only the study may import figures"
            continue
        assert LEVEL[part] <= here, f"{path.name} imports pluralstats.{part}, which lies above it"


def test_results_and_disagreement_do_not_know_each_other():
    for folder, other in (("results", "disagreement"), ("disagreement", "results")):
        for path in (ROOT / folder).glob("*.py"):
            assert other not in set(imported_parts(path)), path


def test_figures_read_tables_and_errors_only():
    for path in (ROOT.parent / "figures").glob("*.py"):
        assert set(imported_parts(path)) <= {"errors", "figures"}, path


def test_public_names_for_people_and_for_type_checkers_are_the_same():
    tree = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    typed = {alias.name: node.module for node in block.body for alias in node.names}
    assert typed == {name: f"pluralstats.{home}" for name, home in ps._HOME.items()}
    assert sorted(typed) == sorted(ps.__all__)
    for name in ps.__all__:
        assert getattr(ps, name).__name__ == name


def test_importing_loads_nothing_heavy():
    code = "import sys, pluralstats; print([m for m in ('numba', 'matplotlib', 'scipy', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_module_has_the_name_of_a_public_function():
    functions = {name for name in ps.__all__ if name.islower()}
    assert not functions & {path.stem for path in modules()}
