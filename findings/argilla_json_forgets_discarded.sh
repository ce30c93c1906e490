#!/usr/bin/env bash
# Argilla's JSON (Record.to_dict, and with it to_json and to_disk of a data set) leaves out the status of each response:
# when it is read again, answers that people discarded or never sent cannot be told from those they gave.
#
# Seen with argilla 2.8.0 (November 2026): of three responses, "submitted" 4, "discarded" 1 and "draft" 2, the dictionary
# has the three values and users and no status, and Record.from_dict gives all three the status None. The flat list of the
# same record (to_list with flatten=True) has a column of statuses.
#
# Ours: ps.read_ratings uses submitted responses only where the file tells them, and says so where it does not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check argilla==2.8.0 requests==2.32.5
cd "$folder"
venv/bin/python - <<'PY'
import json
from uuid import UUID

import argilla as rg

given = {"submitted": 4, "discarded": 1, "draft": 2}
responses = [
    rg.Response("toxicity", value, user_id=UUID(int=user), status=status)
    for user, (status, value) in enumerate(given.items(), start=1)
]
record = rg.Record(id="a", fields={"text": "hello"}, responses=responses)
written = json.loads(json.dumps(record.to_dict()))
print("written:", written["responses"])
assert all("status" not in response for response in written["responses"]["toxicity"])
read = [(response.value, response.status) for response in rg.Record.from_dict(written).responses]
print("read again:", read)
assert read == [(4, None), (1, None), (2, None)], read
PY
echo "as seen"
