"""Le-Wi-Di, the data sets of "Learning with disagreements": annotations and annotators of an item side by side.

The editions of 2021 and 2023 have them as lists or as text with commas, that of 2025 as {"Ann1": "4"}.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pluralstats.data.reading.formats.json_text import NUMBER
from pluralstats.data.reading.formats.records import Record
from pluralstats.data.reading.shapes.tools.answers import Export, found_in
from pluralstats.data.reading.shapes.tools.questions import CHOICE, CHOICES, Answer
from pluralstats.data.reading.shapes.tools.tool_records import OddRecordError, answers_in
from pluralstats.data.reading.sources import Found, Shape, Source

_ANNOTATIONS, _ANNOTATORS, _TASK, _SOFT = "annotations", "annotators", "annotation task", "soft_label"
_OTHER, _GROUPS = "other_info", "group"
_MORE = ("other annotations", "other_annotations")
_DATA = ("split", "lang")


def recognises(source: Source) -> bool:
    """Records with annotations and annotators, both together and neither an object of another tool."""
    return bool(source.records) and all(
        {_ANNOTATIONS, _ANNOTATORS} <= set(record)
        and isinstance(record[_ANNOTATORS], str | list)
        and (isinstance(record[_ANNOTATIONS], str) or _is_flat(record[_ANNOTATIONS]))
        for record in source.records[:20]
    )


def _is_flat(given: Any) -> bool:
    values = given.values() if isinstance(given, dict) else given if isinstance(given, list) else [{}]
    return all(isinstance(value, str | NUMBER | list | None) for value in values)


def read(source: Source) -> Found:
    """One row for each annotator of an item; an annotator with several labels rates each label 1 or 0."""
    nested = any(_is_nested(record.get(_SOFT)) for record in source.records)
    answers = answers_in(source.path, source.records, lambda record, row: _answers(record, row, nested), SHAPE.title)
    answers, notes = _numbered(answers)
    main = {str(record.get(_TASK) or "annotation"): _possible(source.records) for record in source.records}
    return found_in(Export(answers, {"item": ("id", "key"), "rater": (_ANNOTATORS,)}, main, notes), source, SHAPE.name)


def _numbered(answers: Sequence[Answer]) -> tuple[list[Answer], list[str]]:
    """HS-Brexit writes 0 and 1 in some rows of a question and No and yes in others; as 0 and 1 they are one answer."""
    found: dict[str, set[str]] = defaultdict(set)
    for answer in answers:
        if isinstance(answer.value, str):
            found[answer.question].add(answer.value.casefold())
    mixed = [name for name, values in found.items() if values <= _ZERO_ONE.keys() and values & {"yes", "no"} != values]
    mixed = [name for name in mixed if found[name] & {"yes", "no"}]
    numbered = [
        answer._replace(value=_ZERO_ONE[answer.value.casefold()])
        if answer.question in mixed and isinstance(answer.value, str)
        else answer
        for answer in answers
    ]
    return numbered, [f"No is read as 0 and yes as 1 in '{name}', which has numbers too." for name in mixed]


_ZERO_ONE = {"0": "0", "1": "1", "no": "0", "yes": "1"}


def _answers(record: Record, row: int, nested: bool) -> Iterator[Answer]:
    item = record.get("id", record.get("key", row))
    annotators, given = _split(record[_ANNOTATORS]), record[_ANNOTATIONS]
    pairs = list(given.items()) if isinstance(given, dict) else _paired(annotators, _split(given), "annotations")
    names = [name for name, _ in pairs]
    groups = _beside(record, names)
    data = _data(record)
    task = str(record.get(_TASK) or "annotation")
    for name, value in pairs:
        value = _split(value) if nested else value
        yield Answer(
            item, name, task, value, row, CHOICES if nested else CHOICE, others={**data, **groups.get(name, {})}
        )
    for question, more in _further(record).items():
        if len(values := _split(more)) == len(names):
            for name, value in zip(names, values, strict=True):
                yield Answer(item, name, question, value, row, CHOICE, others={**data, **groups.get(name, {})})


def _split(given: Any) -> list[Any]:
    """A list, or the parts of a text with commas."""
    if isinstance(given, str):
        return [part.strip() for part in given.split(",")] if given.strip() else []
    return given if isinstance(given, list) else [] if given is None else [given]


def _paired(annotators: Sequence[Any], values: Sequence[Any], name: str) -> list[tuple[Any, Any]]:
    if not values:  # a test set before its answers were published
        return [(annotator, None) for annotator in annotators]
    if len(values) != len(annotators):
        raise OddRecordError(f"{len(values)} {name} of {len(annotators)} annotators")
    return list(zip(annotators, values, strict=True))


def _beside(record: Record, names: Sequence[Any]) -> dict[Any, dict[str, Any]]:
    """The groups of the annotators, listed in the order of the annotators."""
    groups: dict[Any, dict[str, Any]] = {name: {} for name in names}
    for column, given in (record.get(_OTHER) or {}).items():
        values = _split(given) if isinstance(given, str | list) else []
        if _GROUPS in column.casefold() and len(values) == len(names):
            for name, value in zip(names, values, strict=True):
                groups[name][column] = value
    return groups


def _further(record: Record) -> Mapping[str, Any]:
    """Answers of the same annotators to further questions."""
    other = record.get(_OTHER) or {}
    more = [other[name] for name in _MORE if isinstance(other.get(name), dict)]
    return {name: given for answers in more for name, given in answers.items() if isinstance(given, str | list)}


def _data(record: Record) -> dict[str, Any]:
    text = record.get("text")
    texts = {f"text.{name}": part for name, part in text.items()} if isinstance(text, dict) else {"text": text}
    return texts | {name: record[name] for name in _DATA if name in record}


def _is_nested(soft: Any) -> bool:
    return isinstance(soft, dict) and any(isinstance(value, dict) for value in soft.values())


def _possible(records: Sequence[Record]) -> list[str]:
    """The answers that the soft labels give a probability to."""
    return list(
        dict.fromkeys(name for record in records if isinstance(soft := record.get(_SOFT), dict) for name in soft)
    )


SHAPE = Shape("lewidi", "a data set of Le-Wi-Di", recognises, read)
