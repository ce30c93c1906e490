"""Published rating studies, ready to use: ``names``, ``describe``, ``load``, ``utility``.

Each comes from a file, a folder or data frames of yours, or is fetched from where its authors publish it. None of
the data are part of this package; mind their licences.

>>> from pluralstats import datasets
>>> datasets.describe("crehate").licence
'CC BY-SA 4.0'
"""

from pluralstats.data.datasets.catalogue import describe, load, names, utility

__all__ = ["describe", "load", "names", "utility"]
