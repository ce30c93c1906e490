"""pluralstats: rater models for people who disagree.

The public names stand in ``__init__.pyi`` and are the whole public interface. They load on first use, so that
``import pluralstats`` costs little and a command that only reads a file never compiles a likelihood.
"""

from importlib.metadata import version

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__version__ = version("pluralstats")
