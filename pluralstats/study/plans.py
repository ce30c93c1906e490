"""What a figure of a study is: the words, the table behind it, the function that draws it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pluralstats.data.scale import Scale
from pluralstats.study.config import StudyConfig

type Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Picture:
    """One figure on disk, with the words for those who see it and for those who do not."""

    name: str
    caption: str
    alt: str
    svg: Path
    png: Path


@dataclass(frozen=True)
class Plan:
    """What one figure shows, the table that must have numbers for it, and how it is drawn."""

    caption: str
    needs: str
    draw: Callable[[Tables, StudyConfig, Scale], object]
    number: str = "estimate"  # a column of that table; a figure of no numbers is not drawn
