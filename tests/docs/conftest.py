"""What tests of the pages share: the code that writes them, and the built site where there is one."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))  # of ``making``


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built pages."""
    built = ROOT / "docs" / "_build" / "html"
    if not (built / "llms.txt").is_file():  # written last
        pytest.skip("the pages have not been built (make docs)")
    return built
