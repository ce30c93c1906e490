#!/usr/bin/env bash
# inspect_ai's default log (.eval, a zip) has its entries packed with Zstandard (zip method 93), which zipfile knows from
# Python 3.14 on only; and an entry of more than 200 MiB is several Zstandard frames one after the other, of which the
# usual call, ZstdDecompressor().decompress(), gives the first without a word.
#
# Seen with inspect_ai 0.3.285 and zstandard 0.25.0 (November 2026): two samples, one with a long text. zipfile of Python
# 3.13 raises NotImplementedError. By the usual call the short sample is whole and the long one ends after
# 209,715,200 bytes, so that it is no JSON; read_across_frames=True gives all of it. Each frame is what zstandard says it
# decodes, so this is no error of the library. In a process that has imported inspect_ai zipfile does read such logs:
# inspect_ai changes it there.
#
# Ours: alignment.inspect_scores reads all frames, and compares length and checksum with what the zip says.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check inspect_ai==0.3.285 zstandard==0.25.0
cd "$folder"
venv/bin/python - <<'PY'
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.scorer import exact
from inspect_ai.solver import solver


@solver
def answers():
    async def solve(state, generate):
        state.metadata["notes"] = "word " * (43_000_000 if state.sample_id == 2 else 10)
        state.output.completion = "4"
        return state

    return solve


samples = [Sample(input=f"2 + {k}", target="4", id=k) for k in (1, 2)]
(log,) = eval(Task(samples, solver=answers(), scorer=exact()), model="none/none", log_dir="logs", display="none")
assert log.status == "success", log.error
PY
venv/bin/python - <<'PY'
import struct
import sys
import zipfile
from pathlib import Path

import zstandard

(path,) = Path("logs").glob("*.eval")
data = path.read_bytes()
with zipfile.ZipFile(path) as archive:
    entries = archive.infolist()
    assert {info.compress_type for info in entries} == {93}, entries
    try:
        archive.read(entries[0])
    except NotImplementedError as error:
        print(f"zipfile of Python {sys.version_info.major}.{sys.version_info.minor}: {error}")
    else:
        assert sys.version_info >= (3, 14)
for info in entries:
    if not info.filename.startswith("samples/"):
        continue
    name, extra = struct.unpack("<HH", data[info.header_offset + 26 : info.header_offset + 30])
    start = info.header_offset + 30 + name + extra
    packed = data[start : start + info.compress_size]
    usual = zstandard.ZstdDecompressor().decompress(packed, max_output_size=info.file_size)
    whole = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True).read()
    print(f"{info.filename}: {info.file_size:,} bytes; by the usual call {len(usual):,}, by all frames {len(whole):,}")
    assert len(whole) == info.file_size
    assert (len(usual) == info.file_size) == (info.filename == "samples/1_epoch_1.json"), len(usual)
    assert usual == whole[: len(usual)]
    assert len(usual) in (len(whole), 200 * 1024 * 1024)
PY
echo "as seen"
