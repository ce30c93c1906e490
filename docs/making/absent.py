"""Stand-ins for torch and what trains on it, so that the API is read without them."""

from typing import Any

from sphinx.ext.autodoc.mock import _MockObject


def allow_unions() -> None:
    """``LoraConfig | None`` in a signature is computed when a module is loaded; a stand-in of Sphinx has no ``|``."""
    for name in ("__or__", "__ror__"):
        setattr(_MockObject, name, _either)


def _either(stand_in: Any, other: Any) -> Any:
    return stand_in
