"""Several dimensions in one model: thresholds and coefficients by dimension, effects of raters and items correlated."""

import re

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError
from pluralstats.model.families.known import is_ordered
from pluralstats.model.formula.misplaced import written
from pluralstats.model.formula.parsing import ModelFormula, RandomTerm, expansion, quoted

DIMENSION = "dimension"
MOST_DIMENSIONS = 8  # fitted together unasked: correlations grow with the square


def joint_text(formula: ModelFormula, *, sitting: bool = False) -> str:
    """The formula of one dimension for all of them at once.

    Every coefficient is one by dimension, ``(1 | rater)`` becomes ``(0 + dimension | rater)``, and with ``sitting``
    there is ``(1 | rater:item)``, what the ratings of one sitting have in common on all dimensions.

    Examples
    --------
    >>> from pluralstats.model.formula.parsing import parse_formula
    >>> columns = ("gender", "item", "rater", "dimension")
    >>> joint_text(parse_formula("rating ~ gender + (1 | item) + (1 | rater)", columns))
    'rating ~ dimension:(gender) + (0 + dimension | item) + (0 + dimension | rater)'

    Raises
    ------
    ConfigError
        A formula with ``cs()``, whose coefficients are at thresholds that all dimensions share.
    """
    if within := expansion(formula.fixed).by_category:
        name = written(within[0])
        raise ConfigError(
            f"'{name}' has coefficients at thresholds that all ratings share, and several dimensions have thresholds "
            f"of their own. Fit one at a time, ps.fit(ratings.select(...)), or write {name[:-1]} * {DIMENSION}), with "
            "coefficients of the dimensions at every threshold."
        )
    of_groups = f"{DIMENSION}:({formula.fixed.removeprefix('1 + ')})" if formula.columns else "1"
    terms = [str(_by_dimension(term)) for term in formula.random]
    return " + ".join([f"rating ~ {of_groups}", *terms, *(["(1 | rater:item)"] if sitting else [])])


def _by_dimension(term: RandomTerm) -> RandomTerm:
    """A random term with effects of its own on each dimension."""
    if DIMENSION in (*term.factors, *term.columns):
        return term
    slopes = f"0 + {DIMENSION}"
    if term.columns:
        slopes += f" + {DIMENSION}:({term.slopes.removeprefix('1 + ')})"
    return RandomTerm(term.factors, slopes, (DIMENSION, *term.columns), term.correlated)


def is_joint(ratings: Ratings, formula: ModelFormula, thresholds: str | None) -> bool:
    """Whether a formula of one dimension is asked of ratings of several, and nothing says what they share."""
    named = {*formula.columns, *(factor for term in formula.random for factor in term.factors)}
    return len(ratings.dimensions) > 1 and DIMENSION not in named and thresholds is None


def has_curves(formula: str | None) -> bool:
    """Whether the text of a formula has smooth curves, which are the same on all dimensions.

    >>> has_curves("rating ~ s(age, k=6) + (1 | item)"), has_curves("rating ~ bs(age, df=4)")
    (True, False)
    """
    return formula is not None and re.search(r"(?<![\w.])s\s*\(", formula) is not None


def refuse_many(ratings: Ratings, formula: ModelFormula, family: str) -> None:
    """Refuse what is not fitted together unasked: numbers, whose residuals differ by dimension, smooth curves, and many
    dimensions.

    Raises
    ------
    ConfigError
    """
    names, n = ratings.dimensions, len(ratings.dimensions)
    alone = f"Fit one at a time: ps.fit(ratings.select(dimension={names[0]!r}))."
    if not is_ordered(family):
        one = "residual standard deviation" if family == "gaussian" else "precision"
        raise ConfigError(
            f"The ratings have {n} dimensions ({', '.join(names)}), and a {family} model has one {one} for all. {alone}"
        )
    if curves := [f.text for term in expansion(formula.fixed).terms for f in term if f.call == "s"]:
        raise ConfigError(
            f"The ratings have {n} dimensions ({', '.join(names)}), and '{curves[0]}' has one curve for all. {alone} "
            "A study has dimensions: separate. Or write what differs, thresholds='dimension', and the curve once."
        )
    if n > MOST_DIMENSIONS:
        raise ConfigError(
            f"The ratings have {n} dimensions, and up to {MOST_DIMENSIONS} are fitted together unasked. {alone} Or "
            f"write what differs: 'rating ~ {quoted(DIMENSION)}:gender + (1 | item) + (1 | rater)', "
            f"thresholds='{DIMENSION}'."
        )
