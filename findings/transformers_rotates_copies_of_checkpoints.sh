#!/usr/bin/env bash
# transformers' rotation of checkpoints (save_total_limit) takes every folder whose name begins with checkpoint-NUMBER for a
# checkpoint of that step: a copy that somebody made beside them, checkpoint-4-copy, is deleted.
#
# Seen with transformers 5.23.0 (November 2026): of checkpoint-4, checkpoint-4-copy, checkpoint-8 and checkpoint-12 with a
# limit of 2, checkpoint-8 and checkpoint-12 stay and the copy is gone. Resuming is stricter: to get_last_checkpoint
# the copy is none.
#
# Ours: training runs rotate their own checkpoints, and folders beside them stay.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check transformers==5.23.0
cd "$folder"
venv/bin/python - <<'PY'
from pathlib import Path

from transformers.trainer_utils import get_last_checkpoint, rotate_checkpoints

runs = Path("runs")
for name in ("checkpoint-4", "checkpoint-4-copy", "checkpoint-8", "checkpoint-12"):
    (runs / name).mkdir(parents=True)
(Path("copies") / "checkpoint-4-copy").mkdir(parents=True)
assert get_last_checkpoint("copies") is None
rotate_checkpoints(str(runs), save_total_limit=2)
left = sorted(path.name for path in runs.iterdir())
print("left:", left)
assert left == ["checkpoint-12", "checkpoint-8"], left
PY
echo "as seen"
