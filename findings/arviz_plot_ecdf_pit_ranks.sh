#!/usr/bin/env bash
# Ranks of simulation-based calibration given to arviz's plot_ecdf_pit are divided by the highest rank that occurred, not
# by the number of draws: a posterior that never ranks the truth in the upper half is drawn as if it were calibrated.
#
# Seen with arviz-plots 1.3.2 and arviz-stats 1.3.3 (December 2026): 400 ranks, uniform on 0..49 where 0..99 are possible.
# As ranks the largest departure of the drawn ECDF from uniform is that of chance (below 0.07); as fractions of 100 it is
# 0.5, as it should be. The rescaling happens whenever a variable exceeds 1; nothing says so, and there is no argument for
# the number of draws.
#
# Ours: figures.sbc_ranks takes the number of draws with the ranks and draws its bands itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check arviz-plots==1.3.2 arviz-stats==1.3.3 arviz-base==1.3.1 \
  matplotlib==3.11.2
cd "$folder"
MPLBACKEND=agg venv/bin/python - <<'PY'
import warnings

import arviz_base
import arviz_plots
import numpy as np

warnings.simplefilter("ignore")
ranks = np.random.default_rng(1).integers(0, 50, 400).astype(float)


def largest_departure(values):
    tree = arviz_base.from_dict({"prior_sbc": {"parameter": values[None, :]}})
    drawn = arviz_plots.plot_ecdf_pit(tree, backend="none")
    lines = drawn.viz["ecdf_lines"]["parameter"].item()
    return max(abs(np.asarray(lines["y"], float)))


as_ranks, as_fractions = largest_departure(ranks), largest_departure((ranks + 0.5) / 100)
print(f"largest departure from uniform: ranks {as_ranks:.3f}, fractions of the 100 possible ranks {as_fractions:.3f}")
assert as_ranks < 0.07, as_ranks
assert 0.45 < as_fractions < 0.55, as_fractions
PY
echo "as seen"
