"""Imports point downwards (DESIGN section 5), the public names agree everywhere, importing is cheap."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import pluralstats as ps

ROOT = Path(ps.__file__).parent
ORDER = [
    "errors",
    "storage",
    "data",
    "population",
    "model",
    "inference",
    "fits",
    "results",
    "disagreement",
    "labels",
    "study",
    "cli",
]
LEVEL = {name: level for level, name in enumerate(ORDER)}
LEVEL |= {
    "folders": LEVEL["storage"],
    "progress_lines": LEVEL["storage"],
    "fit_cache": LEVEL["fits"],
    "fit_files": LEVEL["fits"],
    "fitted": LEVEL["fits"],
    "pymc_fits": LEVEL["fits"],
    "stored_fits": LEVEL["fits"],
    "fit_progress": LEVEL["fits"],
    "fit_tables": LEVEL["fits"],
    "fit_groups": LEVEL["fits"],
    "fit_options": LEVEL["fits"],
}
FACADE = LEVEL["study"]  # from here up a module may use the public names, ``import pluralstats as ps``


def modules():
    return sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def imported_parts(source):
    """The part of pluralstats behind every import of a source text: "model", "figures"; "" for the package itself."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            names = [f"pluralstats.relative.{node.module}"]
        elif isinstance(node, ast.ImportFrom) and node.module == "pluralstats":
            names = [f"pluralstats.{ps._HOME.get(alias.name, alias.name)}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        for name in names:
            first, _, rest = name.partition(".")
            if first == "pluralstats":
                yield rest.split(".")[0]


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("import pluralstats as ps", ""),
        ("from pluralstats import figures", "figures"),
        ("from pluralstats import run_study", "study"),
        ("from pluralstats.study.pipeline import run_study", "study"),
        ("import pluralstats.cli", "cli"),
        ("from ..study import pipeline", "relative"),
    ],
)
def test_every_way_of_importing_is_seen(line, part):
    assert list(imported_parts(line)) == [part]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_point_downwards(path):
    here = LEVEL[path.relative_to(ROOT).parts[0].removesuffix(".py")]
    for part in imported_parts(path.read_text(encoding="utf-8")):
        if part in ("", "figures"):
            assert here >= FACADE, f"{path.name} uses the whole package or draws: only the study and the cli may"
            continue
        assert part in LEVEL, f"{path.name} imports {part}; inside pluralstats imports are absolute"
        assert LEVEL[part] <= here, f"{path.name} imports pluralstats.{part}, which lies above it"


def test_results_and_disagreement_do_not_know_each_other():
    for folder, other in (("results", "disagreement"), ("disagreement", "results")):
        for path in (ROOT / folder).glob("*.py"):
            assert other not in set(imported_parts(path.read_text(encoding="utf-8"))), path


def test_figures_read_tables_the_public_names_and_errors_only():
    for path in (ROOT.parent / "figures").rglob("*.py"):
        assert set(imported_parts(path.read_text(encoding="utf-8"))) <= {"", "errors", "figures", "relative"}, path


def test_alignment_uses_the_public_names_its_own_modules_and_the_ground_floor():
    allowed = {"", "relative", "storage", "progress_lines"}
    for path in (ROOT.parent / "alignment").rglob("*.py"):
        assert set(imported_parts(path.read_text(encoding="utf-8"))) <= allowed, path


def test_public_names_for_people_and_for_type_checkers_are_the_same():
    tree = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    typed = {alias.name: node.module for node in block.body for alias in node.names}
    homes = ps._HOME | {name: home.rpartition(".")[0] for name, home in ps._MODULES.items()}
    assert typed == {name: f"pluralstats.{home}" for name, home in homes.items()}
    assert sorted(typed) == sorted(ps.__all__)
    for name in ps._HOME:
        assert getattr(ps, name).__name__ == name
    for name, home in ps._MODULES.items():
        assert getattr(ps, name).__name__ == f"pluralstats.{home}"


def test_importing_loads_nothing_heavy():
    heavy = ("numba", "matplotlib", "scipy", "pandas", "torch")
    code = f"import sys, pluralstats; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_module_has_the_name_of_a_public_function():
    functions = {name for name in ps.__all__ if name.islower()}
    assert not functions & {path.stem for path in modules()}


def test_every_folder_of_modules_is_in_the_wheel():
    """setuptools is told the packages one by one, because two of them lie elsewhere: a new room must be named."""
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))
    named = set(project["tool"]["setuptools"]["packages"])
    rooms = {path.parent.relative_to(ROOT.parent).as_posix().replace("/", ".") for path in ROOT.rglob("*.py")}
    rooms |= {f"pluralstats.{path.parent.relative_to(ROOT.parent).as_posix().replace('/', '.')}"
              for path in (ROOT.parent / "figures").rglob("*.py")}  # fmt: skip
    assert rooms | {"pluralstats.alignment"} == named
