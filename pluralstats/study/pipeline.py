"""The main job: ratings file in; tables, figures, fits, provenance and a report out, all of them or none."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from pluralstats.errors import counted, expect, listed
from pluralstats.fits.fitted import Fit
from pluralstats.printing.cards import Card, Shown
from pluralstats.storage.shown_text import write_csv
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.report.page import report_page
from pluralstats.study.report.paper import write_paper
from pluralstats.study.report.pictures import Drawing, write_pictures
from pluralstats.study.sections.findings import findings
from pluralstats.study.sections.order import early_tables, methods_of, tables_apart, tables_of
from pluralstats.study.sections.parts import Material, Study, Subject, Tables
from pluralstats.study.steps.apart import Others, others_beside, others_of_tables
from pluralstats.study.steps.fitting import fit_models, save_fits
from pluralstats.study.steps.jobs import apart, jobs, jobs_of_everybody
from pluralstats.study.steps.joint import fitted, joint_fits, views
from pluralstats.study.steps.labels import LABELS, study_labels, write_labels
from pluralstats.study.steps.models import Fits, models
from pluralstats.study.steps.output import PROVENANCE, whole_folder, with_files
from pluralstats.study.steps.provenance import as_json, provenance
from pluralstats.study.steps.ratings import study_data, target_population
from pluralstats.study.steps.running import (
    Cache,
    Steps,
    cache_folder,
    forget_fits,
    progress_bar,
    read_from_cache,
    saying_what_is_kept,
)
from pluralstats.study.writing.blocks import Finding

MOST_TABLES = 8  # named in a representation


@dataclass(frozen=True, repr=False)
class StudyResult(Shown):
    """What a study made.

    Attributes
    ----------
    folder : Path
        Where everything was written.
    tables : mapping from name to DataFrame
        Those of every section of the report that has something, see the modules of ``study.sections``; each is a
        CSV and a Parquet file of that name.
    fits : mapping from (model, dimension) to Fit
        The main model is called "main"; dimension is "" when there are none. Where several dimensions were fitted in
        one model, it is seen on each (``Fit.on_dimension``).
    findings : tuple of Finding
        The sentences that open the report.
    n_read : int
        Fits that were read from the cache, and not made.
    joint : mapping from model to Fit
        The fits of all dimensions at once; empty where each was fitted by itself.
    """

    folder: Path
    tables: Mapping[str, pd.DataFrame]
    fits: Fits
    findings: tuple[Finding, ...]
    n_read: int
    joint: Mapping[str, Fit] = field(default_factory=dict)

    @property
    def fitted(self) -> Fits:
        """What was fitted, saved and counted: joint fits, whose dimension is "", and those of one dimension."""
        return fitted(self.fits, self.joint)

    def _card(self) -> Card:
        n_fits, n_tables = counted(len(self.fitted), "fit"), counted(len(self.tables), "table")
        facts = [("report", str(self.folder / "report.html")), ("tables", listed(list(self.tables), MOST_TABLES))]
        return Card(f"Study: {n_fits}, {n_tables}", facts, [finding.text for finding in self.findings])


def run_study(
    config: StudyConfig,
    data_path: str | Path | None = None,
    out: str | Path = "results",
    *,
    seed: int | None = None,
    method: str | None = None,
    cache: Cache = True,
) -> StudyResult:
    """Run a whole study and write its results folder.

    Everything is written into a folder beside ``out``, which takes its place at the end: ``out`` never holds
    half a study, and results of an earlier study stay until the new ones are complete.

    Parameters
    ----------
    config : StudyConfig
        ``StudyConfig.read("study.toml")`` or ``StudyConfig.builtin()``.
    data_path : str or Path, optional
        The file with the ratings; by default the path in the study file.
    out : str or Path
        Absent, empty, or the results of an earlier study, into which nobody has put a file and of which nobody has
        changed one: ``provenance.json`` lists them. Files that come there while the study runs are kept, see Warns.
    seed : int, optional
        Instead of the seed of the study file.
    method : {"hmc", "nuts", "laplace", "pymc"}, optional
        Instead of the method of the study file.
    cache : bool or path
        Where every fit is kept as soon as it is finished, so that a study that was stopped goes on from there: True
        is the hidden folder ``.<name of out>.fits`` beside ``out``, which is removed when the study is finished
        (``out`` has the fits then); a path is a folder of yours outside ``out``, in which they stay; False keeps none.

    Raises
    ------
    ConfigError, DataError, FitError
        Nothing is left in ``out`` then. What ``out`` holds is looked at before anything is computed.

    Warns
    -----
    UserWarning
        Somebody put files into ``out`` meanwhile: the earlier folder was kept beside it as ``<name>.kept``.

    Notes
    -----
    Says nothing but on a terminal; ``progress_lines`` (of the module of that name) has a line for each step.

    Examples
    --------
    >>> import tempfile
    >>> import pluralstats as ps
    >>> small = ps.simulate(n_raters=30, n_items=15, ratings_per_rater=6, seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "ratings.parquet"
    ...     small.frame.assign(rating=small.values).to_parquet(file)
    ...     config = ps.StudyConfig.from_toml('''
    ...         [data]
    ...         scale = [1, 5]
    ...         demographics = ["gender"]
    ...         [agreement]
    ...         replicates = 20
    ...     ''')
    ...     result = ps.run_study(config, file, Path(folder) / "results")
    ...     sorted(path.name for path in result.folder.iterdir())
    ['figures', 'fits', 'paper', 'provenance.json', 'report.html', 'study.toml', 'tables']
    """
    expect(config, StudyConfig, "`ps.run_study` needs a StudyConfig", "Read one with ps.StudyConfig.read(path).")
    config = config if seed is None else replace(config, seed=seed)
    config = config if method is None else config.with_method(method)
    simulated = config.uses_builtin_simulation and data_path is None
    path = None if simulated else config.data_path(data_path)
    kept = cache_folder(Path(out), cache)
    with saying_what_is_kept(kept), whole_folder(out) as folder, progress_bar() as step, ExitStack() as beside:
        step("Reading the ratings")
        data = study_data(config, path)
        target = target_population(data.ratings, config)  # refused before anything is fitted
        todo = jobs(data.ratings, config)
        early = early_tables(data.ratings, config)
        others = beside.enter_context(others_beside(len(data.ratings.frame)))
        beforehand = tables_apart(data.ratings, config, others_of_tables(data.ratings, others))
        drawing = Drawing(config, data.ratings.scale, folder / "figures", others)
        made, whole = apart(fit_models([*todo, *jobs_of_everybody(todo, data.everybody)], config, step, kept))
        fits, joint = views(made), joint_fits(made)
        labels = study_labels(data.ratings, fits, config, target, step)
        material = Material(data, config, fits, target, labels, early, views(whole), joint)
        tables = tables_of(material, beforehand, step, drawing.begin)
        found = _write_results(material, tables, drawing, others, folder, step)
    if kept is not None and cache is True:
        forget_fits(kept)
    return StudyResult(Path(out), tables, fits, tuple(found), read_from_cache(made.values()), joint)


def _write_results(
    material: Material, tables: Tables, drawing: Drawing, others: Others, folder: Path, step: Steps
) -> list[Finding]:
    """Tables, labels, fits, the paper's folder, figures and, last, the report; the findings that it opens with."""
    data, config = material.data, material.config
    step("Writing tables and fits")
    write_tables(tables, folder / "tables")
    write_labels(material.labels, folder / "tables")
    save_fits(material.fitted, folder / "fits")
    found = findings(tables, config.effects.rope, _adjustment(config))
    write_paper(found, Subject(tables, config, data.ratings.scale), folder / "paper", others, step)
    pictures = write_pictures(tables, drawing, step)
    origin = provenance(config, data.ratings, material.fitted, data.path)
    asked, told = models(data.ratings, config), methods_of(config, tables)
    step("Writing the report")
    of_models = {name: model.formula for name, model in asked.items()}
    at_once = dict.fromkeys(material.joint, ", all dimensions in one model")
    written = {name: model.written + at_once.get(name, "") for name, model in asked.items()}
    write_report(Study(config, data.ratings, tables, found, pictures, of_models, origin, told, written), folder)
    return found


def _adjustment(config: StudyConfig) -> str:
    """How findings allow for the number of contrasts; "max_t" needs draws, so that Holm's stands for it."""
    return "holm" if config.effects.adjust == "max_t" else config.effects.adjust


def write_tables(tables: Tables, folder: Path) -> None:
    """Each table as Parquet and, for people, as CSV without formulas; labels are written by themselves."""
    folder.mkdir()
    for name in tables.keys() - {LABELS}:
        table = tables[name]
        table.to_parquet(folder / f"{name}.parquet", index=False)
        write_csv(table, folder / f"{name}.csv")


def write_report(study: Study, folder: Path) -> None:
    """The page, what is needed to repeat the study, and the study file itself."""
    (folder / "report.html").write_text(report_page(study), encoding="utf-8")
    if study.config.source:
        (folder / "study.toml").write_text(study.config.source, encoding="utf-8")
    record = json.loads(as_json(study.provenance))
    (folder / PROVENANCE).write_text(as_json(with_files(record, folder)), encoding="utf-8")  # last: it lists the others
