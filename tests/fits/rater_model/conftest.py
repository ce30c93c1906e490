"""What the oracles of the general rater model share: the modules of this folder, and the rows they are about."""

import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def rows() -> pd.DataFrame:
    import made_raters

    return made_raters.rows()


@pytest.fixture(scope="session")
def hate(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["dimension"] == "hate"]
