"""How the pages are built: ``make docs``. Nothing is fetched, neither now nor when somebody looks at them."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
os.environ["IPYTHONDIR"] = str(HERE / "making" / "kernel")  # its start-up file gives figures their alt text
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a second thread only waits for the first

from making.written import PAGES  # noqa: E402

import pluralstats as ps  # noqa: E402  (and ``making``: after the folder of this file is on the path)

project = "pluralstats"
author = "The pluralstats developers"
copyright = f"2026, {author}"
version = release = ps.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_design",
    "making.extension",
]
exclude_patterns = ["_build", "making", "**.ipynb_checkpoints"]
templates_path = ["templates"]
html_static_path = ["static"]
html_css_files = ["pages.css"]
html_context = {"default_mode": "auto"}  # light or dark as the reader's system is
html_theme = "pydata_sphinx_theme"
html_title = "pluralstats"
html_math_renderer = "mathml"  # of making.mathml: browsers draw it, no script and no font is needed
smartquotes = False  # "--data" is a flag
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "navbar_align": "left",
    "show_prev_next": True,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 7,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
WIDE = (
    "index",
    "phrasebook",
    "benchmarks",
    "report",
    "guide/lines",
    *(f"generated/{name}/index" for name in PAGES if name != "api"),
)
html_sidebars = {page: [] for page in WIDE}

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "force"  # a page that was run against an older package would not be true
nb_execution_in_temp = True  # they write files
nb_execution_timeout = 120
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_number_source_lines = False

autosummary_generate = True
autodoc_typehints = "none"  # numpydoc's sections say more
autodoc_mock_imports = [
    "accelerate",
    "datasets",
    "peft",
    "safetensors",
    "tokenizers",
    "torch",
    "tqdm",
    "transformers",
    "trl",
]
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
nitpicky = True
