"""Compiled code is kept on disk and follows what it calls."""

import sys
from types import ModuleType

import numba
import numpy as np
import pytest

from pluralstats.storage import whole_files
from pluralstats.storage.compiled import address_for, address_of, function_at, function_for, kernel_for, strict

CALLEE = """
from pluralstats.storage.compiled import strict

FACTOR = {factor}

@strict
def times(x):
    return {body}
"""
CALLER = """
from typing import NamedTuple

from callee_of_the_test import times
from pluralstats.storage.compiled import strict

class Ends(NamedTuple):
    {fields}

@strict
def doubled(x):
    return times(x) + 1.0

@strict
def low_of(ends):
    return ends.low
"""
FIELDS = "low: float\n    high: float"


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Write two modules, the second of which calls the first, and load them as a new process would."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "kept"))

    def load(body="FACTOR * x", factor=2.0, fields=FIELDS, caller=CALLER):
        for name, text in (
            ("callee_of_the_test", CALLEE.format(body=body, factor=factor)),
            ("caller_of_the_test", caller.format(fields=fields)),
        ):
            path = tmp_path / f"{name}.py"
            path.write_text(text)
            module = ModuleType(name)
            monkeypatch.setitem(sys.modules, name, module)
            exec(compile(text, path, "exec"), module.__dict__)
        return module

    return load


def was_read(function):
    return sum(function.stats.cache_hits.values()) == 1 and not function.stats.cache_misses


def test_a_function_whose_callee_has_changed_is_compiled_again(program):
    assert program().doubled(3.0) == 7.0
    assert program(body="FACTOR * x * x").doubled(3.0) == 19.0


def test_a_function_whose_callee_reads_another_constant_is_compiled_again(program):
    assert program().doubled(3.0) == 7.0
    assert program(factor=5.0).doubled(3.0) == 16.0


def test_a_function_is_read_from_disk_as_long_as_nothing_below_it_changes(program):
    program().doubled(3.0)
    again = program(caller="# A line above, and other code beside it.\n" + CALLER.replace("ends.low", "ends.high"))
    assert again.doubled(3.0) == 7.0
    assert was_read(again.doubled)


def test_each_kind_of_argument_is_kept(program):
    first = program()
    assert first.doubled(3) == 7.0
    assert first.doubled(np.float32(3.0)) == 7.0
    again = program()
    assert again.doubled(np.float32(3.0)) == 7.0
    assert was_read(again.doubled)


def test_fields_that_change_places_are_another_kind(program):
    first = program()
    assert first.low_of(first.Ends(low=1.0, high=2.0)) == 1.0
    second = program(fields="high: float\n    low: float")
    assert second.low_of(second.Ends(low=1.0, high=2.0)) == 1.0


def test_code_that_nothing_runs_any_more_is_removed_and_nothing_else(program, tmp_path):
    program().doubled(3.0)
    [folder] = (tmp_path / "kept").iterdir()
    before = set(folder.glob("*.compiled"))
    (folder / "notes.txt").write_text("mine")
    program(body="FACTOR + x").doubled(3.0)
    after = set(folder.glob("*.compiled"))
    assert len(before) == len(after) == 2
    assert not before & after
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_spoilt_file_is_compiled_again(program, tmp_path):
    program().doubled(3.0)
    for place in (tmp_path / "kept").rglob("*.compiled"):
        place.write_bytes(place.read_bytes()[:100])
    assert program().doubled(3.0) == 7.0


def test_recompile_forgets_what_is_kept(program):
    function = program().doubled
    function(3.0)
    function.recompile()
    assert sum(function.stats.cache_misses.values()) == 2


def test_a_function_runs_where_nothing_can_be_kept(program, monkeypatch):
    monkeypatch.setattr("numba.core.caching._CacheLocator.ensure_cache_path", refuse)
    assert program().doubled(3.0) == 7.0


def refuse(self):
    raise PermissionError(13, "Permission denied")


@strict
def days(x):
    return x * whole_files._DAY


def test_a_constant_read_through_a_module_of_ours_is_refused():
    """A name is followed; what numba reads from a module would not be."""
    with pytest.raises(TypeError, match=r"pluralstats\.storage\.whole_files"):
        days(1.0)


def test_kernels_made_by_one_function_are_kept_beside_each_other(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))

    def calling(callee):
        def called(x):
            return callee(x)

        return called

    double, triple = strict(lambda x: 2.0 * x), strict(lambda x: 3.0 * x)
    one, two = kernel_for("one", calling(double)), kernel_for("two", calling(triple))
    assert (one(2.0), two(2.0)) == (4.0, 6.0)
    kept = sorted(path.name for path in tmp_path.rglob("*called_*.compiled"))
    assert len(kept) == 2
    assert [name for part in ("called_one", "called_two") for name in kept if part in name] == kept


def test_a_loop_takes_functions_by_their_addresses_and_is_compiled_once():
    signature = numba.float64(numba.float64)
    at = function_at(signature)

    @strict
    def applied(address, x):
        return at(address)(x)

    double, triple = strict(lambda x: 2.0 * x), strict(lambda x: 3.0 * x)
    assert applied(address_of(double, signature), 2.0) == 4.0
    assert applied(address_of(triple, signature), 2.0) == 6.0
    assert len(applied.signatures) == 1


def test_what_is_called_by_its_address_takes_any_kinds_of_arguments():
    of_float = function_for(numba.float64)

    @strict
    def applied(address, pair, values):
        return of_float(address, (pair, values))(pair, values)

    @strict
    def total(pair, values):
        if values.size == 0:
            raise ValueError("nothing to add")
        return pair[0] * values.sum() + pair[1]

    for pair, values in (((2, 0.5), np.ones(3)), ((2.0, 1), np.ones(3, np.float32))):
        address = address_for(total, numba.float64, pair, values)
        assert applied(address, pair, values) == total.py_func(pair, values)
    with pytest.raises(ValueError, match="nothing to add"):
        applied(address_for(total, numba.float64, (1, 1.0), np.empty(0)), (1, 1.0), np.empty(0))
