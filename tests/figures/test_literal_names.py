"""A name is text: dollars, underscores, percents and angle brackets are drawn as they are, also on a caller's Axes."""

import io
from collections.abc import Callable

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from pluralstats import figures

ODD = "a$b$c_1 <script>"
GROUPS = {"g": (ODD, "50% & more")}
DRAWN: dict[str, Callable] = {
    "forest": lambda t, ax: figures.forest(t["effects"]((ODD,), GROUPS), ax=ax),
    "comparison": lambda t, ax: figures.comparison(t["models"]((ODD,), GROUPS), ax=ax),
    "likert": lambda t, ax: figures.likert(t["rating_shares"]((ODD,), GROUPS, (ODD, "b", "c")), ax=ax),
    "variance shares": lambda t, ax: figures.variance_shares(t["variance_shares"]((ODD,)), ax=ax),
    "agreement": lambda t, ax: figures.agreement(t["agreement"](("percent",), GROUPS), ax=ax),
    "caterpillar": lambda t, ax: figures.caterpillar(t["random_effects"](3, 0, (ODD,)).assign(group=ODD), ax=ax),
    "wright": lambda t, ax: figures.wright(
        t["parameters"]((ODD,), (ODD, "b")), t["random_effects"](3, 2, (ODD,)).replace("item", "x$y$z"), ax=ax
    ),
}


@pytest.mark.parametrize("own", [True, False], ids=["own figure", "caller's Axes"])
@pytest.mark.parametrize("name", DRAWN)
def test_names_are_drawn_as_they_are(name: str, own: bool, tables):
    ax = DRAWN[name](tables, None if own else Figure(figsize=(7, 4)).add_subplot())
    with mpl.rc_context({"svg.fonttype": "none"}):
        ax.figure.savefig(svg := io.StringIO(), format="svg")
    with_dollars = [text for text in ax.figure.findobj(Text) if "$" in text.get_text()]
    assert with_dollars
    assert not any(text.get_parse_math() for text in with_dollars)
    assert "a$b$c_" in svg.getvalue()
    assert "<script>" not in svg.getvalue()


def test_a_callers_own_mathematics_stays(tables):
    ax = Figure().add_subplot()
    figures.forest(tables["effects"](), ax=ax)
    ax.set_title(r"$\alpha_1$")
    assert ax.title.get_parse_math()
