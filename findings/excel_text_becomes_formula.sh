#!/usr/bin/env bash
# pandas writes text that begins with "=" into Excel files as a formula, by either engine, and reads it back as another
# value: 0 where XlsxWriter wrote it (which pandas prefers where it is installed), an empty cell where openpyxl did.
#
# Seen with pandas 3.1.0, openpyxl 3.1.5, XlsxWriter 3.2.9 and polars 2.1.0 (November 2026). Two items named "=1" and
# "=-3 degrees" are both the number 0 when the file is read again, so that their ratings become ratings of one item. The
# same table written by polars' write_excel (also XlsxWriter) keeps every text, and "+1" and "@b" are kept by all three.
#
# Ours: ps.read_ratings names such cells of a column that it uses, and exports meant for people write text as text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  pandas==3.1.0 openpyxl==3.1.5 XlsxWriter==3.2.9 polars==2.1.0 pyarrow==25.0.0
cd "$folder"
venv/bin/python - <<'PY'
import pandas as pd
import polars as pl

texts = ["=1", "=-3 degrees", "+1", "@b", "a"]
items = pd.DataFrame({"item": texts}, dtype=object)
for engine in ("openpyxl", "xlsxwriter"):
    items.to_excel(f"{engine}.xlsx", index=False, engine=engine)
pl.DataFrame({"item": texts}).write_excel("polars.xlsx")
back = {}
for name in ("openpyxl", "xlsxwriter", "polars"):
    back[name] = pd.read_excel(f"{name}.xlsx", dtype=object, keep_default_na=False)["item"].tolist()
    print(name, back[name])
assert back["openpyxl"] == ["", "", "+1", "@b", "a"], back["openpyxl"]
assert back["xlsxwriter"] == [0, 0, "+1", "@b", "a"], back["xlsxwriter"]
assert back["polars"] == texts, back["polars"]
PY
echo "as seen"
