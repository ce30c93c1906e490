"""Which families predictions can average."""

from dataclasses import replace

import pytest

from pluralstats.errors import ConfigError
from pluralstats.inference.kernels.rows import LOGIT, PROBIT, noise_code
from pluralstats.model.families.known import FAMILIES


def test_predictions_know_the_noise_of_cumulative_models_and_refuse_others():
    for name in ("cumulative", "bernoulli"):
        assert [noise_code(FAMILIES[name][link]) for link in ("probit", "logit")] == [PROBIT, LOGIT]
    adjacent = replace(FAMILIES["cumulative"]["logit"], name="adjacent", averaged=None)
    with pytest.raises(ConfigError, match="this is the adjacent family with the link 'logit'"):
        noise_code(adjacent)
