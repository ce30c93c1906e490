"""Scenes as tables of people times facts, so that averages over them can be computed without the package."""

import numpy as np
import pandas as pd

from pluralstats.results.averaging.people import Setting
from pluralstats.results.averaging.populations import predict_scenes
from pluralstats.results.averaging.scenes import circumstances, observed_people, scene, whole_profiles


def scene_of(fit, changes=None, *, population=None, dimension=None):
    """Everybody in the data or in a population, with levels set, in all circumstances."""
    return scene(observed_people(fit, population=population), circumstances(fit, dimension), changes or {})


def profiles_of(one):
    """Everybody with all facts, as one setting."""
    parts = list(whole_profiles(one))
    return Setting(pd.concat([p.profiles for p in parts], ignore_index=True), np.concatenate([p.share for p in parts]))


def predicted(fit, *scenes):
    return predict_scenes(fit, list(scenes))
