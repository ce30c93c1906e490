"""Test modules here share ``made_fits``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
