"""What is wrong with a fit, in finished sentences: which parameter, what was found, what to do."""

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.inference.laplace import LaplaceResult
from pluralstats.model.design import Design, Grouping

FEW_LEVELS = 5
MANY_NAMED = 5


def is_constant(design: Design) -> bool:
    """Whether every rating is the same, so that nothing can be estimated."""
    return design.n == 0 or bool((design.y == design.y[0]).all())


def find_problems(ratings: Ratings, design: Design, result: LaplaceResult) -> tuple[str, ...]:
    """All sentences about one fit, the gravest first."""
    if is_constant(design):
        answer = ratings.values[0] if design.n else "none"
        return (
            f"All {design.n} ratings are the same ({answer:g}): nothing can be estimated and every number is missing. "
            "Look at the rating column.",
        )
    sentences = [
        *_search(result),
        *_separated(design),
        *_weak(design, result),
        *design.fixed.aliased,
        *_unused(ratings, design),
        *_terms(design, result),
        *_raters_ignored(ratings, design),
        *_small_levels(ratings, design),
    ]
    return tuple(dict.fromkeys(sentences))


def _search(result: LaplaceResult) -> list[str]:
    if result.converged:
        return []
    return [
        f"The search for the maximum stopped after {result.steps} steps without converging: "
        "estimates are not final. Simplify the formula or look for levels with hardly any variation."
    ]


def _separated(design: Design) -> list[str]:
    """0/1 columns whose ratings all lie at one end of the scale: the likelihood grows without bound."""
    if design.family == "gaussian":
        return []
    top = design.categories.size - 1
    sentences = []
    for j, name in enumerate(design.fixed.names):
        column = design.fixed.X[:, j]
        if not set(np.unique(column)) <= {0.0, 1.0} or column.all():
            continue
        y = design.y[column[design.fixed.cell] == 1.0]
        if y.size and (y == y[0]).all() and y[0] in (0, top):
            sentences.append(
                f"All {y.size} ratings of {name} are '{design.labels[y[0]]}': its coefficient has no finite maximum "
                "and its estimate is arbitrary. Merge the level with another (`recode=`) or leave it out."
            )
    return sentences


def _weak(design: Design, result: LaplaceResult) -> list[str]:
    names = _theta_names(design)
    weak = [name for name, flat in zip(names, result.weak, strict=True) if flat]
    if not weak:
        return []
    return [
        f"The data hardly determine {_listed(weak)}: the likelihood is flat in that direction and standard errors are "
        "only lower bounds. Merge small levels or drop a term that overlaps with another."
    ]


def _theta_names(design: Design) -> list[str]:
    thresholds = [f"threshold {a}|{b}" for a, b in zip(design.labels[:-1], design.labels[1:], strict=True)]
    tail = ["the residual sd"] if design.family == "gaussian" else []
    return [*thresholds, *design.fixed.names, *(f"sd({g.name})" for g in design.groupings), *tail]


def _unused(ratings: Ratings, design: Design) -> list[str]:
    if design.family == "gaussian":
        return []
    unused = [label for label in ratings.scale.labels if label not in design.labels]
    if not unused:
        return []
    what = "category was" if len(unused) == 1 else "categories were"
    return [
        f"{len(unused)} {what} never used ({_listed(unused)}): no threshold is estimated there and the predicted "
        "probability is 0. Collapse the scale if that is not what you expect."
    ]


def _terms(design: Design, result: LaplaceResult) -> list[str]:
    sentences = []
    for t, grouping in enumerate(design.groupings):
        if result.boundary[t]:
            sentences.append(
                f"The standard deviation of {grouping.term} is estimated as zero: the ratings show no differences "
                f"between its {grouping.size} levels beyond chance. Its interval says how large it could still be."
            )
        if grouping.size == design.n and design.n > 1:
            sentences.append(
                f"{grouping.term} has one rating in each of its {grouping.size} levels: its variance cannot be told "
                "from the residual. Drop the term."
            )
        elif grouping.size < FEW_LEVELS:
            sentences.append(
                f"{grouping.term} has only {grouping.size} level{'s' if grouping.size > 1 else ''}: its standard "
                "deviation is poorly known. Use it in the fixed part instead."
            )
        sentences += [_same(grouping, other) for other in design.groupings[t + 1 :] if _identical(grouping, other)]
    return sentences


def _identical(a: Grouping, b: Grouping) -> bool:
    if a.size != b.size:
        return False
    pairs = np.unique(a.index.astype(np.int64) * b.size + b.index)
    return pairs.size == a.size


def _same(a: Grouping, b: Grouping) -> str:
    return (
        f"{a.term} and {b.term} group the ratings in the same way: only the sum of their variances is determined. "
        "Drop one of them."
    )


def _raters_ignored(ratings: Ratings, design: Design) -> list[str]:
    """Rater-level facts in the fixed part, several ratings a rater, and no rater effect."""
    about_raters = [column for column in design.formula.columns if column in ratings.demographics]
    per_rater = ratings.n_ratings / max(ratings.n_raters, 1)
    if not about_raters or per_rater < 1.5 or any(term.factors == ("rater",) for term in design.formula.random):
        return []
    return [
        f"The formula has {_listed(about_raters)} but no (1 | rater): it treats {per_rater:.0f} ratings of one person "
        f"as {per_rater:.0f} persons, and intervals are too narrow. Add (1 | rater)."
    ]


def _small_levels(ratings: Ratings, design: Design) -> list[str]:
    sentences = []
    for column in design.formula.columns:
        if column not in ratings.demographics:
            continue
        counts: pd.Series = ratings.frame.groupby(column, observed=True)["rater"].nunique()
        alone = [f"{column}[{level}]" for level, n in counts.items() if n == 1]
        if alone:
            what = "level has" if len(alone) == 1 else "levels have"
            sentences.append(
                f"{len(alone)} {what} a single rater ({_listed(alone)}): that effect is the effect of one person. "
                "Lump rare levels (`lump=`)."
            )
    return sentences


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:MANY_NAMED])
    return shown + (f" and {len(names) - MANY_NAMED} more" if len(names) > MANY_NAMED else "")
