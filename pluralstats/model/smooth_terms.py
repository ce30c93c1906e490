"""Smooth curves ``s(x)`` in a design: known columns for results, random effects with one sd for inference."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, listed
from pluralstats.model.design import Design
from pluralstats.model.formula.calls import Factor
from pluralstats.model.formula.parsing import ModelFormula, RandomTerm, expansion
from pluralstats.model.smooth_columns import bent_columns, column_names
from pluralstats.model.terms.fixed import FixedEffects, SlopeColumns
from pluralstats.model.terms.random import Block, Grouping


def smooths_of(formula: ModelFormula) -> list[Factor]:
    """The curves of a formula."""
    return [factor for term in expansion(formula.fixed).terms for factor in term if factor.call == "s"]


def with_smooths(design: Design, columns_of: Callable[[ModelFormula], FixedEffects]) -> Design | None:
    """A design of eta with the straight line of each curve as the column itself and the rest of it as a random term,
    whose levels are the penalised columns; None without curves.

    Parameters
    ----------
    columns_of : the fixed part of a formula of eta

    Raises
    ------
    ConfigError
        Other columns of the formula determine columns of a curve, or ``cs()`` stands beside one.
    """
    factors = smooths_of(design.formula)
    if not factors:
        return None
    if expansion(design.formula.fixed).by_category:
        raise ConfigError(
            f"'{factors[0].text}' stands beside cs(), and the two are not known together. Write "
            f"bs({factors[0].column}, df=4) for the curve, or leave cs() out."
        )
    fixed = columns_of(_straight(design.formula))
    fixed = replace(fixed, cell=fixed.cell[design.rows], aliased=design.fixed.aliased)
    _refuse_determined(design.fixed, fixed, factors)
    groupings, blocks = list(design.groupings), list(design.blocks)
    for factor in factors:
        term = _term(design, factor, len(blocks))
        blocks.append(Block(len(groupings), len(groupings) + 1, _constant(len(fixed.frame))))
        groupings.append(term)
    return replace(design, fixed=fixed, groupings=tuple(groupings), blocks=tuple(blocks))


def _straight(formula: ModelFormula) -> ModelFormula:
    """The formula with the number itself in place of its curve."""
    of = expansion(formula.fixed)
    terms = [":".join((Factor(f.column) if f.call == "s" else f).written for f in term) for term in of.terms]
    return replace(formula, fixed=" + ".join(["1" if of.intercept else "0", *terms]))


def _term(design: Design, factor: Factor, block: int) -> Grouping:
    cells, levels = design.fixed.frame, np.array([str(j + 1) for j in range(len(column_names(factor)) - 1)], object)
    basis = bent_columns(factor, cells[factor.column].to_numpy(float), design.fixed.learnt[factor.text])
    return Grouping(
        term=RandomTerm((factor.text,)),
        levels=levels,
        index=np.zeros(design.n, np.int32),
        keys=pd.DataFrame({factor.text: levels}),
        column="Intercept",
        multiplier=np.ones(len(cells)),
        block=block,
        basis=np.ascontiguousarray(basis),
    )


def _constant(cells: int) -> SlopeColumns:
    return SlopeColumns(("Intercept",), np.ones((cells, 1)), (), None, np.zeros(1, int))


def _refuse_determined(known: FixedEffects, straight: FixedEffects, factors: list[Factor]) -> None:
    """Refuse curves that the columns of a factor or of another curve can take up."""
    wanted = {*straight.names, *(name for factor in factors for name in column_names(factor)[1:])}
    if lost := sorted(wanted ^ set(known.names)):
        raise ConfigError(
            f"{listed([factor.text for factor in factors])} and other columns of the formula determine each other "
            f"({listed(lost)}). Leave one of them out: a curve says what levels of the same number would say."
        )
