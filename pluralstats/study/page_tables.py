"""Tidy tables into the tables of the page: rounded to what the interval supports, sortable, downloadable."""

from collections.abc import Mapping

import pandas as pd

from pluralstats.study.findings import main_bootstrap
from pluralstats.study.page_columns import (
    Cell,
    Column,
    PageTable,
    bracket,
    estimate,
    figure,
    page_table,
    text,
    with_dimension,
)
from pluralstats.study.sentences import by_columns, unit_of
from pluralstats.study.wording import capital, count

BOOTSTRAPS = {"both": "raters and items"}
COEFFICIENT_NAMES = {
    "alpha_nominal": "alpha, nominal",
    "alpha_ordinal": "alpha, ordinal",
    "alpha_interval": "alpha, interval",
    "percent": "percent of pairs that agree",
    "ac1": "Gwet's AC1",
    "ac2": "Gwet's AC2",
    "fleiss": "Fleiss' kappa",
    "distance": "mean distance, rating points",
    "entropy": "mean entropy, nats",
    "polarisation": "mean polarisation, 0 to 1",
}


def sample_table(frame: pd.DataFrame) -> PageTable:
    """Who rated: raters and ratings of each level."""
    reference = Column("Reference", lambda row: Cell("yes" if row["is_reference"] else ""))
    columns = [
        text("Demographic", "demographic"),
        text("Level", "level"),
        figure("Raters", "n_raters"),
        figure("Percent of raters", "percent_raters", 1),
        figure("Ratings", "n_ratings"),
        reference,
    ]
    return page_table("sample", "Raters and ratings by demographic.", frame, columns)


def effect_tables(frame: pd.DataFrame, name: str) -> list[PageTable]:
    """One table for each estimand, in the order of the effects table."""
    if not len(frame):
        return []
    estimands = list(dict.fromkeys(frame["estimand"]))
    return [_effect_table(frame[frame["estimand"] == estimand], estimand, name) for estimand in estimands]


def _effect_table(frame: pd.DataFrame, estimand: str, name: str) -> PageTable:
    unit = unit_of(estimand)
    columns = [
        text("Demographic", "demographic"),
        Column("Comparison", lambda row: Cell(f"{row['level']} − {row['reference']}")),
        *(text(capital(name), name) for name in by_columns(frame)),
        estimate(capital(unit)),
        bracket("95% interval"),
        estimate("Raw difference", "raw"),
        figure("P(direction)", "p_direction", 3),
        *([figure("P(equivalent)", "p_rope", 3)] if frame["p_rope"].notna().any() else []),
        Column(
            "Raters",
            lambda row: Cell(f"{row['n_raters']:,.0f} / {row['n_raters_reference']:,.0f}", str(row["n_raters"])),
            True,
        ),
    ]
    within = "".join(f", within each level of {column}" for column in by_columns(frame))
    caption = f"Differences between groups: {unit}{within}."
    return page_table(name, caption, frame, with_dimension(frame, columns), part=estimand)


def by_model_table(frame: pd.DataFrame) -> PageTable:
    """The same contrasts under every model."""
    unit = unit_of(str(frame["estimand"].iloc[0]))
    columns = [
        text("Demographic", "demographic"),
        Column("Comparison", lambda row: Cell(f"{row['level']} − {row['reference']}")),
        *(text(capital(name), name) for name in by_columns(frame)),
        text("Model", "model"),
        estimate(capital(unit)),
        bracket("95% interval"),
    ]
    keys = [name for name in ("dimension", "demographic", "level", *by_columns(frame)) if name in frame]
    order = {
        key: position for position, key in enumerate(dict.fromkeys(zip(*(frame[key] for key in keys), strict=True)))
    }
    position = pd.Series([order[key] for key in zip(*(frame[key] for key in keys), strict=True)], index=frame.index)
    ordered = frame.loc[position.sort_values(kind="stable").index]
    return page_table(
        "effects_by_model",
        f"Differences in {unit} under each model.",
        ordered,
        with_dimension(frame, columns),
    )


def shares_table(frame: pd.DataFrame) -> PageTable:
    """Variance components in percent of the latent variance."""
    columns = [
        text("Component", "component"),
        estimate("Percent of latent variance", "percent", 1),
        bracket("95% interval", 1),
        figure("Latent sd", "sd", 2),
    ]
    return page_table("variance_shares", "Shares of the latent variance.", frame, with_dimension(frame, columns))


def agreement_table(frame: pd.DataFrame) -> PageTable:
    """Agreement coefficients of everybody and of each group; the download also has the other bootstraps."""
    shown = main_bootstrap(frame)
    columns = [
        text("Demographic", "demographic"),
        text("Level", "level"),
        Column("Coefficient", lambda row: Cell(COEFFICIENT_NAMES[str(row["coefficient"])])),
        estimate("Estimate"),
        bracket("95% interval"),
        figure("Raters", "n_raters"),
        figure("Items", "n_items"),
        text("Note", "note"),
    ]
    caption = f"Agreement of raters of one item; resampled for the intervals: {BOOTSTRAPS.get(shown, shown)}."
    part = frame[frame["bootstrap"] == shown]
    return page_table("agreement", caption, part, with_dimension(frame, columns), whole=frame)


def missing_table(frame: pd.DataFrame) -> PageTable:
    """Ratings that are missing in the file, by group; the items are in the download."""
    columns = [
        text("By", "column"),
        text("Level", "level"),
        figure("Asked", "n_asked"),
        figure("Missing", "n_missing"),
        figure("Percent", "percent"),
    ]
    n_items = int((frame["column"] == "item").sum())
    caption = f"Ratings missing in the file, by group; {count(n_items, 'item')} that lack some are in the download."
    return page_table("missing_ratings", caption, frame[frame["column"] != "item"], columns, whole=frame)


def policy_table(frame: pd.DataFrame) -> PageTable:
    """What was done to the data before anything was fitted; policies that found nothing are in the download."""
    shown = frame[(frame["n_rows"] > 0) | (frame["detail"] != "")]
    idle = len(frame) - len(shown)
    columns = [
        text("Step", "step"),
        text("Column", "column"),
        text("Policy", "policy"),
        figure("Ratings", "n_rows"),
        figure("Raters", "n_raters"),
        text("Detail", "detail"),
    ]
    rest = f" {count(idle, 'rule')} that found nothing to do: see the download." if idle else ""
    caption = f"What was dropped or changed, and how often.{rest}"
    return page_table("policies", caption, shown, columns, whole=frame)


def parameter_table(frame: pd.DataFrame) -> PageTable:
    """Coefficients, thresholds and standard deviations on the latent scale."""
    columns = [
        text("Kind", "kind"),
        text("Parameter", "parameter"),
        estimate("Estimate"),
        estimate("Standard error", "se"),
        bracket("95% interval"),
    ]
    if "r_hat" in frame:
        columns += [
            figure("R-hat", "r_hat", 3),
            figure("Bulk effective draws", "ess_bulk"),
            figure("Tail effective draws", "ess_tail"),
        ]
        columns[3] = estimate("Posterior sd", "se")
    return page_table(
        "parameters", "Parameters of the main model, latent scale.", frame, with_dimension(frame, columns)
    )


def version_table(versions: Mapping[str, str]) -> PageTable:
    """Packages and their versions."""
    frame = pd.DataFrame({"package": list(versions), "version": list(versions.values())})
    return page_table("versions", "Versions.", frame, [text("Package", "package"), text("Version", "version")])
