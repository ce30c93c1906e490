"""Runs into rows, rows into Markdown and CSV: medians, ratios to ours, and whether each promise holds."""

import csv
from collections.abc import Sequence
from math import inf, isfinite, isnan
from pathlib import Path
from statistics import median

from cases import Case, Peer
from processes import Run

COLUMNS = {
    "case": "case",
    "program": "program",
    "runs": "runs",
    "wall": "fit s",
    "cpu": "CPU s",
    "peak": "peak MB",
    "floor": "of it before data",
    "wall_ratio": "time ÷ ours",
    "cpu_ratio": "CPU ÷ ours",
    "peak_ratio": "memory ÷ ours",
    "loglik": "log-likelihood",
    "sds": "standard deviations",
    "promise": "promise",
    "kept": "kept",
    "note": "note",
}
EXTRA = ("read", "process_wall", "process_cpu")  # CSV only: reading the file, and the whole process
SAME_OPTIMUM = 0.01  # log-likelihoods closer than this are the same optimum
SAME_SD = 0.01  # relative; a log-likelihood 0.01 below its maximum is 0.14 standard errors away


def program_row(case: str, program: str, runs: Sequence[Run], note: str = "") -> dict[str, object]:
    """Medians over the runs that ended; a row that only says why when none did."""
    good = [run for run in runs if not run.failure]
    if not good:
        return {"case": case, "program": program, "runs": 0, "note": note or runs[-1].failure}
    said = good[-1].said
    row: dict[str, object] = {"case": case, "program": said.get("version", program), "runs": len(good)}
    row |= {name: median(float(run.said[name]) for run in good) for name in ("wall", "cpu", "read", "floor")}
    row |= {"peak": median(run.peak for run in good), "loglik": float(said["loglik"]), "sds": said["sds"]}
    row |= {"process_wall": median(run.wall for run in good), "process_cpu": median(run.cpu for run in good)}
    failed = len(runs) - len(good)
    return row | {"note": note or (f"{failed} more failed" if failed else "")}


def compared(case: Case, rows: Sequence[dict[str, object]], tiny: bool) -> list[dict[str, object]]:
    """The rows of a case, ours first, with ratios, and whether each promise holds: the same optimum, and (if not
    ``tiny``) speed and memory.
    """
    ours, *others = rows
    out = [ours | _own(ours, case.peak, tiny)]
    return out + [row | _versus(ours, row, peer, tiny) for peer, row in zip(case.peers, others, strict=True)]


def verdict(*parts: tuple[str, bool]) -> dict[str, object]:
    """The columns ``promise`` and ``kept``; without parts, none."""
    if not parts:
        return {}
    return {"promise": ", ".join(what for what, _ in parts), "kept": "yes" if all(kept for _, kept in parts) else "NO"}


def _own(ours: dict[str, object], peak: float, tiny: bool) -> dict[str, object]:
    """Our fit has a maximum of the likelihood; without one (another method, a failure) nothing below it is judged."""
    if not ours["runs"]:
        return verdict(("a fit", False))
    parts = [("a maximum of the likelihood", isfinite(ours["loglik"]))]
    return verdict(*parts, *([(f"at most {peak:.0f} MB", ours["peak"] <= peak)] if peak < inf and not tiny else []))


def _versus(ours: dict[str, object], row: dict[str, object], peer: Peer, tiny: bool) -> dict[str, object]:
    """A peer that is absent is no broken promise; one that fails on tiny data is."""
    if not row["runs"]:
        return verdict(("a fit", False)) if tiny and str(row["note"]).startswith("failed") else {}
    if not ours["runs"]:
        return {}
    ratios = {f"{name}_ratio": row[name] / max(ours[name], 1e-9) for name in ("wall", "cpu", "peak")}
    gap = ours["loglik"] - row["loglik"]
    note = [row["note"]] if row["note"] else []
    note += [] if abs(gap) < SAME_OPTIMUM else [f"our log-likelihood is {gap:+.3g}"]
    stopped = -SAME_OPTIMUM < gap < max(SAME_OPTIMUM, peer.short * abs(row["loglik"]))
    parts = [("the same optimum", stopped and same_sds(ours["sds"], row["sds"]))]
    if not tiny:
        speed = f"{peer.faster:g} times faster" if peer.faster > 1.0 else "no slower"
        parts += [(speed, ratios["wall_ratio"] >= peer.faster)]
        parts += [("less memory", ratios["peak_ratio"] > 1.0)] if peer.less else []
    return ratios | {"note": "; ".join(note)} | verdict(*parts)


def same_sds(ours: str, theirs: str) -> bool:
    """Standard deviations "name=value ..." of the same terms, none off by more than 1%."""
    a, b = (dict(part.split("=") for part in text.split()) for text in (ours, theirs))
    return a.keys() == b.keys() and all(abs(float(a[k]) - float(b[k])) <= SAME_SD * float(b[k]) + 1e-4 for k in a)


def limited(case: str, program: str, values: Sequence[float], limit: float, peak: float | None = None) -> dict:
    """A row of a whole process of ours: median wall time against a limit in seconds."""
    seconds = median(values)
    row = {"case": case, "program": program, "runs": len(values), "wall": seconds}
    row |= {} if peak is None else {"peak": peak}
    return row | verdict((f"at most {limit:g} s", seconds <= limit))


def markdown(rows: Sequence[dict[str, object]]) -> str:
    """The table for people; columns that are empty throughout are left out."""
    names = [name for name in COLUMNS if any(row.get(name) not in (None, "") for row in rows)]
    lines = ["| " + " | ".join(COLUMNS[name] for name in names) + " |"]
    lines.append("|" + "|".join("---:" if _numeric(rows, name) else "---" for name in names) + "|")
    lines += ["| " + " | ".join(_cell(name, row.get(name)) for name in names) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _numeric(rows: Sequence[dict[str, object]], name: str) -> bool:
    return any(isinstance(row.get(name), int | float) for row in rows)


def _cell(name: str, value: object) -> str:
    if value is None or isinstance(value, str):
        return str(value or "").replace("|", "/")
    if isnan(value):
        return ""
    digits = {"runs": 0, "peak": 0, "floor": 0, "loglik": 3}.get(name, 2 if abs(value) < 100 else 0)
    return f"{value:,.{digits}f}"


def write_csv(path: Path, rows: Sequence[dict[str, object]]) -> None:
    """Every number in full."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*COLUMNS, *EXTRA], restval="", extrasaction="raise")
        writer.writeheader()
        writer.writerows(rows)
