"""A draft as the text of a study file, every line with its reason."""

import os
import textwrap
from pathlib import Path

from pluralstats.errors import counted
from pluralstats.labels.directions import higher_is_worse
from pluralstats.labels.utilities import UNNAMED
from pluralstats.study.configuration.arguments import in_study_words
from pluralstats.study.configuration.toml import toml_key, toml_value
from pluralstats.study.drafts.drafting import Draft
from pluralstats.study.drafts.entries import Entry, active_options

_WIDTH = 110


def draft_text(draft: Draft, folder: str | Path) -> str:
    """The study file of a draft, which stands in ``folder``."""
    path = Entry("path", _path_from(draft.path, Path(folder)))
    entries = [
        entry._replace(value=_path_from(Path(entry.value), Path(folder))) if entry.key == "people" else entry
        for entry in draft.entries
    ]
    parts = [
        _head(draft),
        f"title = {toml_value(f'Ratings in {draft.path.name}')}\n",
        "\n".join(["[data]", *(_lines(entry) for entry in (path, *entries))]) + "\n",
        "".join([_comment("While reading:"), *(_comment(note, "- ") for note in draft.notes)]) if draft.notes else "",
        _suspicions(draft),
        _polarity(draft),
        _model(draft),
        "# Every key of a study file: pluralstats keys\n",
    ]
    return "\n".join(part for part in parts if part)


def _head(draft: Draft) -> str:
    if draft.to_confirm:
        said = "It runs as it is, but a person has to confirm:" if draft.runs else "It runs when a person has said:"
        return _comment(_found(draft)) + _comment(said) + "".join(_comment(text, "- ") for text in draft.to_confirm)
    return _comment(_found(draft)) + _comment("It runs as it is; look at every line before you rely on it.")


def _found(draft: Draft) -> str:
    found = f"{draft.path.name} {draft.described}"
    if draft.check.summary.empty:
        return f"What pluralstats init found: {found}."
    everything = draft.check.summary.iloc[0]
    who = f"{counted(everything['n_ratings'], 'rating')} by {counted(everything['n_raters'], 'rater')}"
    return f"What pluralstats init found: {found}, {who}."


def _lines(entry: Entry) -> str:
    line = f"{toml_key(entry.key)} = {toml_value(entry.value)}"
    return (_comment(entry.why) if entry.why else "") + (line if entry.active else f"# {line}")


def _comment(text: str, bullet: str = "") -> str:
    """A text as lines of a comment, in the words of study files; line breaks of the user's own must not end it."""
    said = in_study_words(text)
    plain = " ".join("".join(character if character.isprintable() else " " for character in said).split())
    lines = textwrap.wrap(plain, _WIDTH, initial_indent=bullet, subsequent_indent=" " * len(bullet))
    return "".join(f"# {line}\n" for line in lines)


def _suspicions(draft: Draft) -> str:
    asked = {*draft.check.refused, *draft.to_confirm}
    reasons = " ".join(entry.why for entry in draft.entries)
    said = [problem for problem in draft.check.problems if problem not in asked and problem not in reasons]
    return _comment("What check says besides:") + "".join(_comment(text, "- ") for text in said) if said else ""


def _polarity(draft: Draft) -> str:
    """Which dimensions seem to be better low; nothing in a study needs to know, pairs of responses do."""
    if draft.check.summary.empty:
        return ""
    summary = draft.check.summary
    answers = list(summary["level"][summary["column"].str.match("rating(,|$)")])
    names = list(summary["level"][summary["column"] == "dimension"]) or [UNNAMED]
    reasons = {name: higher_is_worse(name, answers) for name in names}
    worth = ",".join(f"{name}={-1 if reason else 1}" for name, reason in reasons.items())
    bad = [f"higher '{name}' is worse, by {reason}" for name, reason in reasons.items() if reason]
    guess = f"Polarity, to be confirmed: {'; '.join(bad)}" if bad else "Polarity: nothing says which answers are better"
    return _comment(f"{guess}. A study does not need it; pairs do: --utility {worth}")


def _model(draft: Draft) -> str:
    scale = active_options(draft.entries).get("scale")
    if isinstance(scale, list) and scale[:1] == ["continuous"]:
        why = _comment('A slider, whose answers pile up at its ends; "gaussian" where they do not.')
        return f'[model]\n{why}family = "ordered_beta"\n'
    if scale == "continuous":
        return '[model]\n# A continuous scale has no answers to count.\nfamily = "gaussian"\n'
    return ""


def _path_from(path: Path, folder: Path) -> str:
    """The path as it is written in a study file in ``folder``."""
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return path.resolve().as_posix()
