#!/usr/bin/env bash
# Label Studio's two short exports (CSV and JSON_MIN) leave out cancelled annotations without a count, and write one choice
# as a bare word but two as an object {"choices": [...]}, in the same column.
#
# Seen with label-studio-sdk 2.1.2 (November 2026): of three annotations of one task, "rude", "rude" and "kind", and a
# cancelled "kind", both exports have two rows; a reader that takes cells as answers has the levels "rude" and
# {"choices":["rude","kind"]}. How many people cancelled can be told from the full JSON export only.
#
# Ours: ps.read_ratings makes a dimension of each choice there, and counts cancelled annotations where the file has them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check label-studio-sdk==2.1.2
cd "$folder"
venv/bin/python - <<'PY'
import csv
import json
from pathlib import Path

from label_studio_sdk.converter import Converter

CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="tone" toName="text" choice="multiple"><Choice value="rude"/><Choice value="kind"/></Choices></View>"""


def annotation(number, who, choices, cancelled=False):
    result = {"from_name": "tone", "to_name": "text", "type": "choices", "value": {"choices": choices}}
    return {"id": number, "completed_by": {"email": who}, "was_cancelled": cancelled, "result": [result]}


annotations = [
    annotation(1, "anna@example.org", ["rude"]),
    annotation(2, "ben@example.org", ["rude", "kind"]),
    annotation(3, "cem@example.org", ["kind"], cancelled=True),
]
Path("tasks.json").write_text(json.dumps([{"id": 1, "data": {"text": "a"}, "annotations": annotations}]))
converter = Converter(CONFIG, ".", download_resources=False)
converter.convert_to_csv("tasks.json", "csv", is_dir=False, sep=",", header=True)
converter.convert_to_json_min("tasks.json", "min", is_dir=False)
rows = list(csv.DictReader(next(Path("csv").glob("*.csv")).open()))
short = json.loads(next(Path("min").glob("*.json")).read_text())
print("CSV:", [(row["annotator"], row["tone"]) for row in rows])
print("JSON_MIN:", [(row["annotator"], row["tone"]) for row in short])
assert [row["tone"] for row in rows] == ["rude", '{"choices":["rude","kind"]}'], rows
assert [row["tone"] for row in short] == ["rude", {"choices": ["rude", "kind"]}], short
assert not any("cancel" in name for row in (*rows, *short) for name in row), rows
PY
echo "as seen"
