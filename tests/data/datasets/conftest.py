"""Shared by the tests of data sets: readers that give numbers as numbers, and readers that give all as text."""

import numpy as np
import pytest

from pluralstats.data.datasets import files


@pytest.fixture(params=["as read", "as text"])
def reader(request, monkeypatch):
    """Readers may give numbers as numbers or as text; the loaders do not mind."""
    read = files.read_table

    def text(path):
        table = read(path)
        return table.apply(lambda column: column.map(cell).where(column.notna(), None))

    def cell(value):
        return value if isinstance(value, dict | list | np.ndarray) else f"{value}"

    if request.param == "as text":
        monkeypatch.setattr(files, "read_table", text)
