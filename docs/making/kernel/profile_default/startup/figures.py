"""Run by every kernel that executes a page: figures are saved as the package saves them, alt text included.

The readers' own notebooks show the same figure by ``%matplotlib inline``, at matplotlib's resolution.
"""

import tempfile
from base64 import b64encode
from pathlib import Path

from IPython.core import pylabtools
from pluralstats.figures import style


def print_figure(fig, fmt="png", base64=False, **others):
    with tempfile.TemporaryDirectory() as folder:
        [path] = style.save(fig, Path(folder) / "figure", formats=[fmt])
        written = path.read_bytes()
    return b64encode(written).decode("ascii") if base64 else written


pylabtools.print_figure = print_figure
