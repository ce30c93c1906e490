"""Figures for papers: a documented table in, matplotlib Axes out.

Every function takes a tidy table (of ``ps.effects``, ``ps.agreement``, ...) or the object that makes it (a ``Fit``,
the ``Ratings``, ...), draws it at final print size and returns Axes. Nothing is estimated here beyond the table, no
title is burnt in, pyplot and its global state are never touched. ``alt_text(axes)`` says the figure in words,
``style.save(axes, path)`` writes SVG and PNG, ``with style.font("Liberation Sans"):`` draws in another font.

What all figures share:

table : DataFrame or object
    The docstring of each figure names the columns. Where there is a column ``dimension`` each has a panel.
ax : Axes, optional
    Where to draw, for one panel only; a figure of its own by default.
scale : Scale or sequence of float, optional
    The rating scale, such as ``(1, 5)``, for the axis label.
rope : float
    Half-width of the grey band of practical equivalence, in the unit of the axis (log units for ratios).
prob : float
    Probability of lower to upper, for the key.
returns : Axes, or an array of Axes when the table fills several panels
raises : ConfigError
    Columns or rows are missing, a mark would be drawn twice, or ``ax`` is given for several panels.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
