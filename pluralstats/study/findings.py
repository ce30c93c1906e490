"""Which three to five sentences open the report."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pluralstats.results.effects.level_pairs import SLOPE
from pluralstats.study.clear_contrasts import clear_sentence
from pluralstats.study.disagreement_sentences import (
    agreement_range_sentence,
    agreement_sentence,
    component_name,
    shares_sentence,
)
from pluralstats.study.sentences import (
    CLEAR,
    Finding,
    Row,
    by_columns,
    change_sentence,
    clarity_sentence,
    contrast_sentence,
    gap,
    null_of,
    row_verdict,
    what_would_change,
)
from pluralstats.study.wording import listed

MAIN = "main"
MOST_CHANGES = 8
NO_GROUPS = ("other", "undisclosed")
UNIDENTIFIED = ("cannot be told from the residual", "without converging")  # in the problems of a fit


def findings(tables: Mapping[str, pd.DataFrame], rope: float = 0.0, adjust: str = "holm") -> list[Finding]:
    """The most telling contrasts, where the disagreement comes from, and how far raters agree.

    Parameters
    ----------
    tables : mapping
        Tables of a study: effects, effects_by_model, variance_shares, agreement, problems.
    rope : float
        Half width of practical equivalence, rating points.
    adjust : str
        How p of the contrasts are adjusted for their number, see ``ps.contrasts``.

    Returns
    -------
    list of Finding
        Three to five when there are demographics, else one or two.
    """
    effects = tables["effects"]
    rows = effects[effects["estimand"] == headline(effects)]
    found = _contrasts(rows, tables["effects_by_model"], rope, adjust) if len(rows) else []
    shares = tables["variance_shares"]
    return [*found, *_variance(shares[is_identified(shares, tables["problems"])]), *_agreement(tables["agreement"])]


def headline(effects: pd.DataFrame) -> str:
    """The estimand that findings, figures and the comparison of models speak of: the first of the table."""
    return str(effects["estimand"].iloc[0]) if len(effects) else "points"


def main_coefficient(agreement: pd.DataFrame) -> str:
    """The agreement coefficient that findings speak of: ordinal alpha where there is one."""
    found = list(agreement["coefficient"].unique())
    order = ("alpha_ordinal", "alpha_interval", "alpha_nominal", *found)
    return next(name for name in order if name in found)


def main_bootstrap(agreement: pd.DataFrame) -> str:
    """The bootstrap whose intervals findings and page show: both raters and items, else the first of the table."""
    kinds = list(agreement["bootstrap"].unique())
    return "both" if "both" in kinds else str(kinds[0])


def _contrasts(rows: pd.DataFrame, by_model: pd.DataFrame, rope: float, adjust: str) -> list[Finding]:
    known = rows[np.isfinite(rows["lower"]) & np.isfinite(rows["upper"])]
    known = known[~((known["reference"] == SLOPE) & (known["level"] == "+1"))]  # per sd it is the same slope
    records = sorted(known.to_dict("records"), key=_telling, reverse=True)
    if not records:
        return []
    clear = [row for row in records if row_verdict(row, rope) in CLEAR]
    told = [Finding(contrast_sentence(row, rope), _note(row, by_model, rope)) for row in clear[:2] or records[:1]]
    clarity = f"{clarity_sentence(known, rope)} {clear_sentence(known, adjust)}"
    return [*told, Finding(clarity, _changes_note(known, by_model, rope))]


def _telling(row: Row) -> tuple[bool, float, float]:
    # The near end of the interval, not the estimate: a large estimate of a small group tells little.
    return _is_group(row), gap(row), abs(row["estimate"] - null_of(str(row["estimand"])))


def _is_group(row: Row) -> bool:
    """Whether the level is a group of people: not one person, nor what was lumped or not disclosed."""
    return row["level"] not in NO_GROUPS and row.get("n_raters") != 1


def _note(row: Row, by_model: pd.DataFrame, rope: float) -> str:
    name, other = next(iter(twins(row, by_model).items()), ("", None))
    return what_would_change(row, other, name, rope)


def _changes_note(rows: pd.DataFrame, by_model: pd.DataFrame, rope: float) -> str:
    names = [name for name in by_model["model"].unique() if name != MAIN]
    if not names:
        return ""
    same = (by_model["model"] == names[0]) & (by_model["estimand"] == headline(rows))
    other = by_model[same].to_dict("records")
    clear = sum(row_verdict(row, rope) in CLEAR for row in other)
    return f"Under '{names[0]}', {clear} of {len(other)} would look clear."


def twins(row: Row, by_model: pd.DataFrame) -> dict[str, Row]:
    """The same contrast under each of the other models, by the model's name."""
    keys = ["demographic", "level", "reference", "estimand", *by_columns(row)]
    keys += ["dimension"] if "dimension" in row else []
    same = by_model["model"] != MAIN
    for key in keys:
        same &= by_model[key].astype(str) == str(row[key])
    return {str(other["model"]): other for other in by_model[same].to_dict("records")}


def model_changes(by_model: pd.DataFrame, adds_rater: Mapping[str, bool], rope: float = 0.0) -> list[str]:
    """How contrasts move between the models: first those whose verdict changes, clearest first.

    Parameters
    ----------
    by_model : DataFrame
        Effects with a column ``model``; "main" is the main model. The first estimand is used.
    adds_rater : mapping
        For each other model, whether the main model adds the rater effect to it.
    """
    known = by_model[by_model["estimate"].notna()]
    rows = known[(known["model"] == MAIN) & (known["estimand"] == headline(by_model))]
    pairs = [(row, name, other) for row in rows.to_dict("records") for name, other in twins(row, known).items()]
    pairs.sort(key=lambda pair: _moved(pair[0], pair[2], rope), reverse=True)
    told = pairs[:MOST_CHANGES]
    return [change_sentence(row, other, name, adds_rater.get(name, False)) for row, name, other in told]


def _moved(row: Row, other: Row, rope: float) -> tuple[bool, bool, float]:
    changed = row_verdict(row, rope) != row_verdict(other, rope)
    return _is_group(row), changed, gap(other)


def is_identified(shares: pd.DataFrame, problems: pd.DataFrame) -> pd.Series:
    """For each row of the variance shares whether its fit could tell the components apart.

    Not where the search did not converge, nor where a term has one rating in each level, which is the residual.
    """
    bad = problems["problem"].str.contains("|".join(UNIDENTIFIED)) & (problems["model"] == MAIN)
    dimension = shares["dimension"].astype("str") if "dimension" in shares else pd.Series("", index=shares.index)
    return ~dimension.isin(problems.loc[bad, "dimension"])


def _variance(table: pd.DataFrame) -> list[Finding]:
    table = table[table["percent"].notna()]  # missing where a coefficient has no finite estimate
    if not len(table):
        return []
    if "dimension" not in table:
        return [Finding(shares_sentence(table), "")]
    ends = table.groupby("component", sort=False)["percent"].agg(["min", "max"]).sort_values("max", ascending=False)
    parts = [
        f"{_range(low, high)}% is {component_name(str(name), set(ends.index))}"
        for name, (low, high) in zip(ends.index, ends.to_numpy(), strict=True)
    ]
    text = f"Of the latent variance of the ratings, {listed(parts)}, depending on the dimension."
    return [Finding(text, "Section “Disagreement” has each dimension with its intervals.")]


def _range(low: float, high: float) -> str:
    first, last = f"{low:.0f}", f"{high:.0f}"
    return first if first == last else f"{first}–{last}"


def _agreement(table: pd.DataFrame) -> list[Finding]:
    everybody = table[(table["demographic"] == "all") & np.isfinite(table["estimate"])]
    if not len(everybody):
        return []
    boot = main_bootstrap(everybody)
    chosen = (everybody["coefficient"] == main_coefficient(everybody)) & (everybody["bootstrap"] == boot)
    rows = everybody[chosen].sort_values("estimate").to_dict("records")
    if len(rows) == 1:
        return [Finding(agreement_sentence(rows[0]), "")]
    return [Finding(agreement_range_sentence(rows[0], rows[-1]), "")]
