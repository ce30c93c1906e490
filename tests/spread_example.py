"""The spread example: simulated groups of the same opinions, one of which has 1.5 times the latent noise.

``spread_study(seed, n_raters, n_items, ratings_per_rater)`` is one study of the design of ``analysis/spread.py``. The
plain model reports a latent difference of +0.22 (truth 0) and +0.30 points in large samples; with ``disc="~ gender"``
the difference of opinion is 0 and log s of men log 1.5.
"""

import runpy
from pathlib import Path

SPREAD_SCRIPT = runpy.run_path(str(Path(__file__).parents[1] / "analysis" / "spread.py"))
spread_study = SPREAD_SCRIPT["study"]
