"""Which three to five sentences open the report."""

from collections.abc import Mapping

import pandas as pd

from pluralstats.study.disagreement_sentences import agreement_sentence, shares_sentence
from pluralstats.study.sentences import (
    Finding,
    Row,
    by_columns,
    change_sentence,
    clarity_sentence,
    contrast_sentence,
    row_verdict,
    what_would_change,
)
from pluralstats.study.wording import capital

MAIN = "main"


def findings(tables: Mapping[str, pd.DataFrame], estimand: str, rope: float = 0.0) -> list[Finding]:
    """The most telling contrasts, where the disagreement comes from, and how far raters agree.

    Parameters
    ----------
    tables : mapping
        Tables of a study: effects, effects_by_model, variance_shares, agreement.
    estimand : str
        The estimand the findings speak of; other rows are left to the tables.
    rope : float
        Half width of practical equivalence, rating points.

    Returns
    -------
    list of Finding
        Three to five when there are demographics, else one or two.
    """
    effects = tables["effects"]
    rows = effects[effects["estimand"] == estimand] if len(effects) else effects
    found = _contrasts(rows, tables["effects_by_model"], rope) if len(rows) else []
    return [*found, *_variance(tables["variance_shares"]), *_agreement(tables["agreement"])]


def _contrasts(rows: pd.DataFrame, by_model: pd.DataFrame, rope: float) -> list[Finding]:
    null = 1.0 if rows["estimand"].iloc[0] == "odds_ratio" else 0.0
    ordered = rows.assign(size=(rows["estimate"] - null).abs()).sort_values(
        "size", ascending=False, kind="stable"
    )
    records = ordered.drop(columns="size").to_dict("records")
    clear = [row for row in records if row_verdict(row, rope) in ("higher", "lower")]
    told = clear[:2] or records[:1]
    said = [Finding(contrast_sentence(row, rope), _note(row, by_model, rope)) for row in told]
    return [*said, Finding(clarity_sentence(rows, rope), _changes_note(rows, by_model, rope))]


def _note(row: Row, by_model: pd.DataFrame, rope: float) -> str:
    others = twins(row, by_model)
    name, other = next(iter(others.items()), ("", None))
    return what_would_change(row, other, name, rope)


def _changes_note(rows: pd.DataFrame, by_model: pd.DataFrame, rope: float) -> str:
    names = [name for name in by_model["model"].unique() if name != MAIN] if len(by_model) else []
    if not names:
        return ""
    other = by_model[by_model["model"] == names[0]].to_dict("records")
    clear = sum(row_verdict(row, rope) in ("higher", "lower") for row in other)
    return f"Under '{names[0]}', {clear} of {len(other)} would look clear."


def twins(row: Row, by_model: pd.DataFrame) -> dict[str, Row]:
    """The same contrast under each of the other models, by the model's name."""
    if not len(by_model):
        return {}
    keys = ["demographic", "level", "reference", "estimand", *by_columns(row)]
    keys += ["dimension"] if "dimension" in row else []
    same = by_model["model"] != MAIN
    for key in keys:
        same &= by_model[key].astype(str) == str(row[key])
    return {str(other["model"]): other for other in by_model[same].to_dict("records")}


def model_changes(by_model: pd.DataFrame, adds_rater: Mapping[str, bool], most: int = 8) -> list[str]:
    """How the contrasts move between the models, the largest changes of the verdict or of the interval first.

    Parameters
    ----------
    by_model : DataFrame
        Effects of one estimand with a column ``model``; "main" is the main model.
    adds_rater : mapping
        For each other model, whether the main model adds the rater effect to it.
    """
    main = by_model[by_model["model"] == MAIN].to_dict("records") if len(by_model) else []
    pairs = [(row, name, other) for row in main for name, other in twins(row, by_model).items()]
    pairs.sort(key=_movement, reverse=True)
    return [
        change_sentence(row, other, name, adds_rater.get(name, False)) for row, name, other in pairs[:most]
    ]


def _movement(pair: tuple[Row, str, Row]) -> tuple[bool, float]:
    row, _, other = pair
    widths = sorted(entry["upper"] - entry["lower"] for entry in (row, other))
    return row_verdict(row) != row_verdict(other), widths[1] / widths[0] if widths[0] > 0 else 1.0


def _variance(table: pd.DataFrame) -> list[Finding]:
    if not len(table):
        return []
    if "dimension" not in table:
        return [Finding(shares_sentence(table), "")]
    means = table.groupby("component", sort=False)["percent"].agg(["min", "max"])
    parts = [
        f"{name} {low:.0f}–{high:.0f}%"
        for name, (low, high) in zip(means.index, means.to_numpy(), strict=True)
    ]
    text = f"Shares of the latent variance, from the lowest to the highest dimension: {', '.join(parts)}."
    return [Finding(text, "Section “Disagreement” has each dimension with its intervals.")]


def _agreement(table: pd.DataFrame) -> list[Finding]:
    everybody = table[table["demographic"] == "all"] if len(table) else table
    if not len(everybody):
        return []
    kinds = list(everybody["coefficient"].unique())
    kind = next(
        (name for name in ("alpha_ordinal", "alpha_interval", "alpha_nominal") if name in kinds), kinds[0]
    )
    boot = "both" if (everybody["bootstrap"] == "both").any() else everybody["bootstrap"].iloc[0]
    rows = everybody[(everybody["coefficient"] == kind) & (everybody["bootstrap"] == boot)]
    lowest, highest = rows.loc[rows["estimate"].idxmin()], rows.loc[rows["estimate"].idxmax()]
    if "dimension" not in table or len(rows) == 1:
        return [Finding(agreement_sentence(lowest.to_dict()), "")]
    text = f"Agreement is lowest on {lowest['dimension']} and highest on {highest['dimension']}."
    notes = [f"{row['dimension']}: {agreement_sentence(row.to_dict())}" for row in (lowest, highest)]
    return [Finding(text, " ".join(capital(note) for note in notes))]
