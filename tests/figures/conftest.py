"""What tests of figures share: the builders of synthetic tables, the cases by name, the fonts to draw them in."""

import os
import sys
from pathlib import Path

import pytest
from matplotlib.font_manager import fontManager
from pluralstats.figures import style

sys.path.insert(0, str(Path(__file__).parent))  # test modules here and in the folders below share the tables

import effect_tables
import figure_cases
import group_tables
import training_tables

# CI runs the tests of print quality once more for each family that it installs, see .ci/run.
FONTS = os.environ.get("PLURALSTATS_FIGURE_FONTS", style.OWN_FONT).split(",")


@pytest.fixture(scope="session", params=FONTS)
def font(request):
    """The font of a figure; skipped where it is not installed."""
    if request.param not in fontManager.get_font_names():
        pytest.skip(f"the font {request.param} is not installed")
    return request.param


@pytest.fixture
def draw():
    """Draw a case by its name."""
    return lambda name: figure_cases.CASES[name]()


@pytest.fixture
def tables():
    """The builders of the synthetic tables by name."""
    builders = ("effects", "rating_shares", "variance_shares", "agreement", "random_effects", "parameters", "models",
                "checks", "prior_checks", "ranks", "coverages", "densities", "traces")  # fmt: skip
    found = {name: getattr(effect_tables, name) for name in builders}
    builders = ("cells", "contested_items", "cohesions", "model_cohesions", "items", "labels", "population_shares",
                "methods")  # fmt: skip
    found |= {name: getattr(group_tables, name) for name in builders}
    return found | {"contrasts": group_tables.effects, "training": training_tables}
