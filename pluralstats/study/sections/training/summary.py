"""The training summary that a study file names: read, checked, and what stands before its results."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
from markupsafe import Markup
from pandas.api.types import is_float_dtype

from pluralstats.errors import ConfigError, problems_error
from pluralstats.printing.wording import capital
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.parts import Plan, Section, Study
from pluralstats.study.writing import columns as col
from pluralstats.study.writing.blocks import Block, Heading, Lines, Problem, Text, folded

CARD, KIND = "card.json", "training summary"
INTERVAL = ("estimate", "lower", "upper")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "arm_effects": ("arm", "baseline", "dimension", "unit", *INTERVAL, "n_seeds", "n_prompts", "n_judges"),
    "arm_seeds": ("arm", "dimension", "seed", "estimate"),
    "arm_bootstrap": ("arm", "dimension", *INTERVAL),
    "trade_off": ("arm", "x", "y", "sd_x", "sd_y", "correlation"),
    "win_rates": ("arm", "against", "group", *INTERVAL, "tie_percent", "position_bias", "n_judgements"),
    "pair_accuracy": ("policy", "group", "metric", "unit", "kind", "against", *INTERVAL, "n"),
    "pair_calibration": ("policy", "predicted", "observed", "lower", "upper"),
    "distances": ("arm", "target", "metric", "unit", *INTERVAL, "floor", "floor_lower", "floor_upper", "n_items"),
    "steering": ("target", "group", *INTERVAL),
    "steering_advantage": ("group", "kind", *INTERVAL),
    "reductions": ("arm", "against", "estimate", "set", "lower", "upper", "p_denominator_positive", "reduction",
                   "reduction_lower", "reduction_upper", "reduction_against", "reduction_against_lower",
                   "reduction_against_upper"),
    "scale_effects": ("answers", "demographic", "level", "reference", "estimand", *INTERVAL),
    "training_conditions": (),
}  # fmt: skip
NAMES = {
    *("arm", "baseline", "against", "dimension", "unit", "group", "policy", "metric", "kind", "target", "set"),
    *("x", "y", "demographic", "level", "reference", "estimand"),
}  # columns of words, among which None, NA and 007 are words like others
LEAD = Markup(
    "What language models that were trained on these labels do differently, by the summary of the training runs."
)
SIMULATED = Markup(
    " <strong>The training data are simulated: this checks that the parts work together, and says nothing about "
    "people or large models.</strong>"
)
BESIDE = {"arm_seeds", "arm_bootstrap", "trade_off", "pair_calibration", "steering_advantage"}  # of other tables


def training_tables(config: StudyConfig) -> dict[str, pd.DataFrame]:
    """The tables of the training summary by the names of their files, and what is said about it.

    Returns
    -------
    dict
        The tables of ``COLUMNS`` that are there, ``training_problems`` (problem: finished sentences) and
        ``training_card`` (key, value); empty where the study has no training.

    Raises
    ------
    ConfigError
        No such folder, no card in it, a table that cannot be read or lacks columns; all problems at once.
    """
    if config.training is None:
        return {}
    folder = config.folder / config.training.results
    card = _card(folder)
    tables = _tables(folder)
    said = [str(problem) for problem in card.get("problems", [])]
    plain = {key: str(value) for key, value in card.items() if isinstance(value, str | int | float)}
    about = pd.DataFrame({"key": list(plain), "value": list(plain.values())}).astype("str")
    return tables | {"training_problems": pd.DataFrame({"problem": said}).astype("str"), "training_card": about}


def _tables(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables that are there; raises ConfigError with the problems of all of them."""
    tables: dict[str, pd.DataFrame] = {}
    problems: list[str] = []
    for name, columns in COLUMNS.items():
        path = _file(folder, name)
        if path is None:
            continue
        try:
            table = pd.read_parquet(path) if path.suffix == ".parquet" else _csv(path)
        except (OSError, ValueError) as error:
            problems.append(f"{path} cannot be read ({error}). Write the summary again.")
            continue
        missing = [column for column in columns if column not in table]
        if missing:
            problems.append(f"{path} lacks the columns {', '.join(missing)}. Write it by `alignment.write_summary`.")
        tables[name] = table
    if not tables and not problems:
        problems.append(
            f"{folder} has a card and no table of a training summary. Write it by `alignment.write_summary`."
        )
    if problems:
        raise problems_error(ConfigError, problems)
    return tables


def _card(folder: Path) -> dict:
    path = folder / CARD
    what = "`training.results` is the folder of a training summary"
    if not path.is_file():
        found = "has no card.json" if folder.is_dir() else "does not exist"
        raise ConfigError(f"{what}; {folder} {found}. Make it with `alignment.write_summary`, or drop [training].")
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ConfigError(f"{what}; {path} is not JSON ({error}). Write the summary again.") from error
    if not isinstance(card, dict) or card.get("kind") != KIND:
        raise ConfigError(f"{what}; {path} does not say that it is one. Write the summary again.")
    return card


def _file(folder: Path, name: str) -> Path | None:
    """Parquet keeps types and comes first."""
    candidates = [folder / f"{name}{suffix}" for suffix in (".parquet", ".csv")]
    return next((path for path in candidates if path.is_file()), None)


def _csv(path: Path) -> pd.DataFrame:
    """Columns of names as text, others as pandas finds them."""
    columns = pd.read_csv(path, nrows=0).columns
    names = [name for name in columns if name in NAMES]
    missing = {name: [""] if name in names else ["", "nan", "NaN", "NA"] for name in columns}
    return pd.read_csv(path, dtype=dict.fromkeys(names, "str"), keep_default_na=False, na_values=missing)


def told(lines: list[str]) -> list[Block]:
    """A list where there are several sentences."""
    return [Lines(lines)] if len(lines) > 1 else [Text(line) for line in lines]


def result(
    heading: str,
    table: str,
    sentences: Callable[[pd.DataFrame], list[str]],
    page: Callable[[pd.DataFrame], col.PageTable],
    figures: Mapping[str, Plan],
) -> Section:
    """A section on one table of the summary: its sentences, figures, and the table folded away."""

    def show(study: Study) -> list[Block]:
        frame = study.table(table)
        if not len(frame):
            return []
        return [*told(sentences(frame)), *study.drawn(*figures), folded(page(frame))]

    return Section(show=show, heading=heading, figures=figures)


def conditions_table(frame: pd.DataFrame) -> col.PageTable:
    """One row for each condition, with whatever columns the summary has."""
    columns = []
    for name in frame.columns:
        header = capital(str(name).replace("_", " "))
        columns.append(col.figure(header, name, 3) if is_float_dtype(frame[name]) else col.text(header, name))
    return col.page_table("training_conditions", "Training conditions.", frame, columns, dimension=False)


def _show(study: Study) -> list[Block]:
    """What stands before the sections of the results, where there are any."""
    if not any(len(study.table(name)) for name in COLUMNS.keys() - BESIDE):
        return []
    card, problems = study.table("training_card"), study.table("training_problems")
    about = dict(zip(card["key"], card["value"], strict=True)) if len(card) else {}
    conditions = study.table("training_conditions")
    shown: list[Block] = [Text(LEAD + SIMULATED if about.get("simulated") == "True" else LEAD, lead=True)]
    shown += [Problem(problem) for problem in problems.get("problem", ())]
    if len(conditions):
        shown += [Heading("Conditions"), folded(conditions_table(conditions))]
    return shown


SECTION: Section = Section(show=_show, early=lambda ratings, config: training_tables(config))
