#!/usr/bin/env bash
# The test that arviz's plot_rank shows by default says that chains of one and the same law differ, whenever their draws
# are autocorrelated, as those of most samplers are.
#
# Seen with arviz-stats 1.3.3 (December 2026): 4 AR(1) chains of 500 draws, all stationary and of one law. p < 0.05 in
# about a tenth of 100 simulations without autocorrelation, in about half with a lag-1 correlation of 0.5 and in nearly all
# with 0.9. The draws are fractional ranks over all chains, as plot_rank passes them; thinning first brings it back to 5
# to 10%.
#
# Ours: figures.trace_and_rank thins each chain by its own effective sample size before the test.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check arviz-stats==1.3.3 arviz-base==1.3.1 xarray scipy
cd "$folder"
venv/bin/python - <<'PY'
import numpy as np
from arviz_stats.base import array_stats
from scipy.signal import lfilter
from scipy.stats import rankdata

SIMULATIONS, CHAINS, DRAWS = 100, 4, 500
rng = np.random.default_rng(1)


def rejected(phi):
    found = 0
    for _ in range(SIMULATIONS):
        start = rng.normal(size=(CHAINS, 1))
        noise = rng.normal(size=(CHAINS, DRAWS)) * np.sqrt(1 - phi**2)
        chains, _ = lfilter([1.0], [1.0, -phi], noise, axis=1, zi=phi * start)
        ranks = rankdata(chains).reshape(chains.shape) / chains.size
        p, _, _ = array_stats.mchain_uniformity_test(ranks)
        found += float(p) < 0.05
    return found / SIMULATIONS


shares = {phi: rejected(phi) for phi in (0.0, 0.5, 0.9)}
print({phi: f"{share:.0%}" for phi, share in shares.items()})
assert shares[0.0] < 0.2, shares
assert 0.3 < shares[0.5] < 0.8, shares
assert shares[0.9] > 0.9, shares
PY
echo "as seen"
