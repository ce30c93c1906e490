"""The API by subject, one page for every public name."""

from .subjects import SUBJECTS, Subject


def pages() -> dict[str, str]:
    found = {f"{subject.page}.rst": _page(subject) for subject in SUBJECTS}
    return found | {"index.rst": _index()}


def _index() -> str:
    entries = "\n".join(f"   {subject.page}" for subject in SUBJECTS)
    about = "\n\n".join(f":doc:`{subject.title} <{subject.page}>`\n   {subject.about}" for subject in SUBJECTS)
    return (
        "API by subject\n==============\n\nAll of it is reached by ``import pluralstats as ps``: ``ps.fit``, "
        "``ps.figures.forest``, ``ps.alignment.compare_arms``.\n\n"
        f"{about}\n\n.. toctree::\n   :hidden:\n\n{entries}\n"
    )


def _page(subject: Subject) -> str:
    about = subject.about.replace("`", "``")
    names = "\n".join(f"   {name}" for name in subject.names.split())
    return (
        f"{subject.title}\n{'=' * len(subject.title)}\n\n{about}\n\n.. currentmodule:: pluralstats\n\n"
        f".. autosummary::\n   :toctree: names\n   :nosignatures:\n\n{names}\n"
    )
