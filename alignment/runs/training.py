"""One training run from a table to a folder: checked, resumable, finished once."""

import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from transformers import Trainer, TrainerCallback
from transformers.trainer_callback import ExportableState, PrinterCallback

import pluralstats as ps
from pluralstats.errors import expect
from pluralstats.progress import count, step
from pluralstats.storage.whole_files import Interrupts, interrupts_come_out

from ..models.loading import check_model, processes, quiet_libraries
from ..models.records import CARD, METRICS, check_finished, read_json, with_sums, write_json
from ..tables.rows import TrainingTable, only_target, read_table
from ..trainers import CALIBRATION, METHODS, PREFERENCES, methods_with, module_of
from ..trainers.settings import RunSettings
from .checkpoints import CompleteCheckpoints, checkpoint_step, clear_checkpoints, last_checkpoint
from .folders import (
    begin,
    metrics_table,
    refuse_other_run,
    run_card,
    run_plan,
    save_model,
    write_metrics,
    writing_errors,
)
from .held_out import held_out_record, response_differences
from .lengths import cut_record
from .told import cut_sentence


@dataclass(frozen=True)
class RunResult:
    """A finished run.

    Attributes
    ----------
    folder : Path
        ``model/`` or ``adapter/``, ``card.json``, ``metrics.csv``.
    card : dict
        Content of ``card.json``.
    metrics : DataFrame
        Content of ``metrics.csv``: one row per logged optimiser step.
    finished_before : bool
        The folder already held this very run, and nothing was trained.
    resumed_from : int
        Optimiser step of the checkpoint from which a killed run went on; 0 for a run of one piece.
    """

    folder: Path
    card: dict[str, Any]
    metrics: pd.DataFrame
    finished_before: bool = False
    resumed_from: int = 0

    @property
    def model(self) -> Path:
        return self.folder / ("adapter" if self.card["plan"]["lora_rank"] else "model")


def train_model(
    settings: RunSettings,
    table: str | Path | pd.DataFrame | ps.Pairs,
    *,
    target: str | None = None,
    held_out: str | Path | pd.DataFrame | ps.Pairs | None = None,
) -> RunResult:
    """Train a model on a table of pairs or rated responses.

    A run that was killed goes on from its last complete checkpoint and ends with the weights that it would have had
    in one piece; a finished one is not repeated.

    Parameters
    ----------
    settings : RunSettings
    table : path, Pairs or DataFrame
        What ``ps.preference_pairs`` wrote (of rated responses for "ordinal_reward").
    target : str, optional
        Group whose rows are used; needed where the table holds several, unless the method is "robust_dpo".
    held_out : path, Pairs or DataFrame, optional
        Pairs of any targets; how well the trained model's implied preferences fit them goes into the card. Of reward
        models: rows like those of ``table``, on which calibration is reported; else it is on the rows trained on, which
        flatters.

    Returns
    -------
    RunResult

    Raises
    ------
    DataError
        Anything wrong with the table, all problems at once; a prompt or every row that is longer than ``max_length``;
        or a finished run of which a file has changed.
    ConfigError
        No such model, a folder with another run, a full disk.

    Warns
    -----
    UserWarning
        Rows are cut at ``max_length``; or a checkpoint is damaged: the run goes on from the one before, or anew.
    """
    expect(
        settings,
        RunSettings,
        "`alignment.train_model` needs RunSettings",
        "Make them with alignment.RunSettings(model=..., out=..., method=...).",
    )
    check_model(settings.model)
    rows = training_table(settings.method, table, target)
    test = None if held_out is None else _held_out_table(settings.method, held_out)
    folder, plan = Path(settings.out), run_plan(settings, rows, test)
    refuse_other_run(folder, plan)
    card = read_json(folder / CARD)
    if card is not None:
        check_finished(folder, card)
        return RunResult(folder, card, pd.read_csv(folder / METRICS), finished_before=True)
    start = last_checkpoint(folder)
    with writing_errors(folder), quiet_libraries():
        cut = _cut(rows, settings)
        processes().wait_for_everyone()  # nobody clears what another still reads
        begin(folder, plan)
        step("Loading the model")
        trainer = module_of(settings.method).make_trainer(settings, rows.frame)
        found = cut | _trained(trainer, settings, test, start) | _calibration(trainer, settings, rows, test)
        return _finished(trainer, folder, run_card(plan, rows, found), 0 if start is None else checkpoint_step(start))


def _cut(rows: TrainingTable, settings: RunSettings) -> dict[str, Any]:
    """How many rows are cut, said before hours are spent on them."""
    record = cut_record(rows.frame, settings)
    if record and record["cut"]["rows"]:
        warnings.warn(cut_sentence(record["cut"]), stacklevel=3)
    return record


def training_table(method: str, table: str | Path | pd.DataFrame | ps.Pairs, target: str | None) -> TrainingTable:
    """The rows of a table that a method trains on, checked."""
    frame, provenance = read_table(table)
    rows = METHODS[method].rows(frame, target)
    several = METHODS[method].several_targets and target is None
    return TrainingTable(rows, None if several else only_target(rows), provenance)


def _held_out_table(method: str, table: str | Path | pd.DataFrame | ps.Pairs) -> TrainingTable:
    if METHODS[method].held_out is None:
        raise ps.ConfigError(
            f"`held_out` is for methods that train a policy on pairs ({methods_with(PREFERENCES)}) or a reward "
            f'model ({methods_with(CALIBRATION)}); found the method "{method}". Leave it out.'
        )
    frame, provenance = read_table(table)
    return TrainingTable(METHODS[method].rows(frame), None, provenance)


def _trained(trainer: Trainer, settings: RunSettings, test: TrainingTable | None, start: Path | None) -> dict[str, Any]:
    policy = test if METHODS[settings.method].held_out == PREFERENCES else None
    trainer.add_callback(CompleteCheckpoints())
    trainer.remove_callback(PrinterCallback)  # what it prints is in metrics.csv
    before = _differences(trainer, settings, policy)
    clock = time.perf_counter()
    step("Training")
    with interrupts_come_out() as heard:
        trainer.add_callback(HeardSteps(heard))
        trainer.train(resume_from_checkpoint=None if start is None else str(start))
    step("Measuring the trained model")
    found = {
        "rows": len(trainer.train_dataset),
        "steps": trainer.state.global_step,
        "tokens": int(trainer.state.num_input_tokens_seen),
        "state": _learned_state(trainer),
        "seconds": round(time.perf_counter() - clock, 1),
    }
    if policy is None:
        return found
    return found | held_out_record(settings.beta * (_differences(trainer, settings, policy) - before), policy.frame)


def _differences(trainer: Trainer, settings: RunSettings, test: TrainingTable | None) -> np.ndarray:
    if test is None:
        return np.zeros(0)
    model = trainer.accelerator.unwrap_model(trainer.model)
    return response_differences(model, trainer.processing_class, test.frame, settings)


def _calibration(
    trainer: Trainer, settings: RunSettings, rows: TrainingTable, test: TrainingTable | None
) -> dict[str, Any]:
    """Of reward models: whether they mean what they say, on held-out rows or, which flatters, on those trained on."""
    if METHODS[settings.method].held_out != CALIBRATION:
        return {}
    model, table = trainer.accelerator.unwrap_model(trainer.model), test or rows
    found = module_of(settings.method).calibration(model, trainer.processing_class, table.frame, settings)
    return {"calibration": {"rows": "trained on" if test is None else "held out", **found}}


class HeardSteps(TrainerCallback):
    """After each step: tells the log of a command how far training is, and obeys a Ctrl-C that was swallowed."""

    def __init__(self, heard: Interrupts) -> None:
        self._heard = heard

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        count(f"{state.global_step:,} of {state.max_steps:,} optimiser steps")
        self._heard.come_again()


def _learned_state(trainer: Trainer) -> dict[str, Any]:
    """What callbacks learned beside the weights: the shares of the groups in group-robust training."""
    kept = [callback for callback in trainer.callback_handler.callbacks if isinstance(callback, ExportableState)]
    return {type(callback).__name__: callback.state()["attributes"] for callback in kept}


def _finished(trainer: Trainer, folder: Path, card: dict[str, Any], resumed: int) -> RunResult:
    metrics = metrics_table(trainer.state.log_history)
    step("Writing the model")
    if trainer.is_world_process_zero():
        model = trainer.accelerator.unwrap_model(trainer.model)
        place = save_model(folder, model, trainer.processing_class, adapter=bool(card["plan"]["lora_rank"]))
        write_metrics(folder / METRICS, metrics)
        card = with_sums(card, folder, place)
        write_json(folder / CARD, card)  # last: from now on the run is finished
        clear_checkpoints(folder)
    trainer.accelerator.wait_for_everyone()
    return RunResult(folder, card, metrics, resumed_from=resumed)
