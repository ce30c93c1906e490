"""Exports of doccano: a file for each annotator, named for them, or annotations with a user in each record."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pluralstats.data.reading.formats.records import Record, is_json, read_records
from pluralstats.data.reading.shapes.tools.answers import Export, found_in
from pluralstats.data.reading.shapes.tools.questions import CHOICE, CHOICES, OTHER, Answer
from pluralstats.data.reading.shapes.tools.tool_records import answers_in
from pluralstats.data.reading.sources import Found, Shape, Source
from pluralstats.data.reading.tables import existing_file
from pluralstats.errors import DataError, listed

_NOT_DATA = ("id", "label", "labels", "cats", "annotations", "Comments", "comments", "annotation_approver", "meta")
_EVERYBODY, _NOBODY = "all", "unknown"  # the names of files of work done together, and of nobody's


def recognises(source: Source) -> bool:
    """A folder with nothing but such files; records with a user in each annotation; or labels and ``Comments``."""
    if source.path is not None and source.path.is_dir():
        files = _files(source.path)
        return len(files) > 1 and all(_is_labelled(read_records(existing_file(file))) for file in files)
    records = source.records[:20]
    return bool(records) and (_has_users(records) or (_is_labelled(records) and "Comments" in records[0]))


def _files(folder: Path) -> list[Path]:
    files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    return files if all(map(is_json, files)) else []


def _is_labelled(records: Sequence[Record]) -> bool:
    return all(
        "id" in record and ("text" in record or "filename" in record) and isinstance(_labels(record), list)
        for record in records
    )


def _labels(record: Record) -> Any:
    return next((record[name] for name in ("label", "labels", "cats") if name in record), None)


def _has_users(records: Sequence[Record]) -> bool:
    annotations = [one for record in records if isinstance(given := record.get("annotations"), list) for one in given]
    return bool(annotations) and all(isinstance(one, dict) and {"label", "user"} <= set(one) for one in annotations)


def read(source: Source) -> Found:
    """One row for each rater and example; without a label there is no answer."""
    if source.path is not None and source.path.is_dir():
        files = {file: read_records(existing_file(file)) for file in _files(source.path) if file.stem != _NOBODY}
        answers = [answer for file, records in files.items() for answer in _of_rater(file, records)]
        own, notes = "file", [f"Raters are named for their files: {listed([file.name for file in files], 12)}."]
    elif _has_users(source.records):
        answers = answers_in(source.path, source.records, _with_user, SHAPE.title)
        own, notes = "user", []
    else:
        answers, own = _of_rater(source.path, source.records), "file"
        notes = [f"The rater is named for the file {source.path}."]
    return found_in(Export(answers, {"item": ("id",), "rater": (own,)}, notes=notes), source, SHAPE.name)


def _name(file: Path | None) -> str:
    name = "" if file is None else file.name.partition(".")[0]
    if name == _EVERYBODY:
        raise DataError(
            f"{file} does not say who gave the labels: the annotators of this doccano project shared their work. "
            f"Export a project whose annotators work on their own; it writes a file for each."
        )
    return name


def _of_rater(file: Path | None, records: Sequence[Record]) -> list[Answer]:
    rater = _name(file)
    several = any(isinstance(labels := _labels(record), list) and len(labels) > 1 for record in records)

    def answers(record: Record, row: int) -> Iterator[Answer]:
        labels = _labels(record) or []
        is_span = any(not isinstance(label, str | int) for label in labels)
        kind = OTHER if is_span else CHOICES if several and labels else CHOICE
        yield Answer(record["id"], rater, "label", labels or None, row, kind, others=_data(record))

    return answers_in(file, records, answers, SHAPE.title)


def _with_user(record: Record, row: int) -> Iterator[Answer]:
    for annotation in record.get("annotations") or []:
        is_span = "start_offset" in annotation
        kind, value = (OTHER, annotation) if is_span else (CHOICE, annotation["label"])
        yield Answer(record["id"], annotation["user"], "label", value, row, kind, others=_data(record))


def _data(record: Record) -> Record:
    meta = record.get("meta")
    return {name: value for name, value in record.items() if name not in _NOT_DATA} | (
        meta if isinstance(meta, dict) else {}
    )


SHAPE = Shape("doccano", "a doccano export", recognises, read)
