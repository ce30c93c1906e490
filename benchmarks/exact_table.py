"""Runs of ``exact.py`` into rows: medians, effective draws per second, ratios and whether each promise holds."""

from collections.abc import Sequence
from math import inf, isnan
from statistics import NormalDist, median

from exact_cases import OURS, PROGRAMS, Case
from processes import Run
from table import verdict

COLUMNS = {
    "case": "case",
    "program": "program",
    "runs": "runs",
    "length": "chains x (warm-up + draws)",
    "rate": "effective draws / s",
    "rate_after": "without warm-up",
    "rate_cpu": "effective draws / CPU s",
    "enough": "s to 1,000 effective (ten times S: 400)",
    "start": "from the start of the process",
    "ess": "least ESS (bulk)",
    "worst": "of",
    "sampling": "sampling s",
    "warmup": "of it warm-up",
    "compile": "compiling s",
    "peak": "peak MB",
    "steps": "gradients a draw",
    "divergences": "divergences",
    "rhat": "largest R-hat",
    "gap": "means off ours, in sd",
    "z": "in standard errors",
    "ratio": "ours ÷ it",
    "ratio_cpu": "ours ÷ it, per CPU s",
    "promise": "promise",
    "kept": "kept",
    "note": "note",
}
MEDIANS = ("rate", "rate_after", "rate_cpu", "enough", "start", "ess", "sampling", "warmup", "compile", "steps", "rhat")
RATIOS_FROM = 100.0  # a rate from fewer effective draws than this is noted as rough
CONVERGED = 1.05  # R-hat; a program above it, or with fewer effective draws, is not asked whether it agrees
FALSE_ALARM = 1e-4  # of one comparison: all parameters together, Bonferroni


def measured(run: Run, said: dict[str, str], enough: float) -> dict[str, float | str]:
    """The numbers of one run; ``said`` are those of ``exact_measures.py``."""
    values = {name: float(run.said[name]) for name in ("sampling", "warmup", "compile", "divergences", "steps")}
    values |= {name: float(said[name]) for name in ("ess", "ess_parameters", "ess_tail", "rhat")}
    after = values["sampling"] - values["warmup"]
    values["rate"] = values["ess"] / values["sampling"]
    values["rate_after"] = values["ess"] / after if after > 0.0 else float("nan")
    values["rate_cpu"] = values["ess"] / float(run.said.get("cpu", "nan"))  # unknown where chains are processes
    values["enough"] = values["warmup"] + enough / max(values["rate_after"], 1e-12)
    start = float(run.said.get("before", "nan")) + values["enough"]  # ours only
    return values | {"start": start, "peak": run.peak, "worst": said["worst"]}


def row_of(case: str, name: str, length: str, runs: Sequence[dict], note: str) -> dict[str, object]:
    """Medians of the runs that ended; a row that only says why when none did."""
    program = PROGRAMS[name]
    if not runs:
        return {"case": case, "program": name, "runs": 0, "length": length, "note": note}
    row: dict[str, object] = {name: median(run[name] for run in runs) for name in MEDIANS}
    row |= {"case": case, "program": runs[-1]["title"], "runs": len(runs), "length": length}
    row |= {"worst": runs[-1]["worst"], "gap": runs[0].get("gap", ""), "z": runs[0].get("z", "")}
    row |= {"n_parameters": runs[0].get("n_parameters", 0)}
    row |= {"peak": max(run["peak"] for run in runs), "divergences": max(run["divergences"] for run in runs)}
    few = f"rough: {row['ess']:.0f} effective draws" if row["ess"] < RATIOS_FROM and program.ratio else ""
    return row | {"note": "; ".join(part for part in (note, few) if part)}


def compared(rows: dict[str, dict[str, object]], case: Case, starts: Sequence[float], tiny: bool) -> list[dict]:
    """Rows of a case with ratios to ours; promised are the same posterior and, if not ``tiny``, rates and seconds."""
    ours = rows[OURS]
    if not ours["runs"]:
        return [ours | verdict(("draws", False)), *(row for name, row in rows.items() if name != OURS)]
    out = [ours | verdict(*_own(ours, case, starts, tiny))]
    for name, row in rows.items():
        if name == OURS:
            continue
        if not row["runs"]:
            out.append(row | (verdict(("draws", False)) if tiny and str(row["note"]).startswith("failed") else {}))
            continue
        ratio, promise = ours["rate"] / row["rate"] if row["rate"] else inf, PROGRAMS[name].ratio
        parts = [("the same means", row["z"] <= furthest(row["n_parameters"]))] if comparable(ours, row) else []
        parts += [(f"{promise:g} times", ratio >= promise)] if promise and not tiny else []
        ratios = {"ratio": ratio, "ratio_cpu": ours["rate_cpu"] / row["rate_cpu"] if row["rate_cpu"] else inf}
        out.append(row | ratios | verdict(*parts))
    return out


def _own(ours: dict[str, object], case: Case, starts: Sequence[float], tiny: bool) -> list[tuple[str, bool]]:
    parts = [(f"R-hat below {CONVERGED}", ours["rhat"] < CONVERGED)]
    if tiny:
        return parts
    seconds, memory = median(starts), case.peak < inf
    kept = seconds <= case.start and ours["peak"] <= case.peak
    promise = f"start to {case.enough:,.0f} effective in {case.start:g} s{f', {case.peak:,.0f} MB' * memory}"
    return [*parts, (f"{promise}; it took {seconds:.1f} s", kept)]


def comparable(ours: dict[str, object], row: dict[str, object]) -> bool:
    """Both runs converged, so that their means have standard errors."""
    both = (ours, row)
    return all(one["ess"] >= RATIOS_FROM and one["rhat"] < CONVERGED for one in both) and row["z"] != ""


def furthest(n_parameters: int) -> float:
    """How many standard errors the largest of so many differences may be, at ``FALSE_ALARM``."""
    return NormalDist().inv_cdf(1.0 - FALSE_ALARM / 2 / n_parameters)


def markdown(rows: Sequence[dict[str, object]]) -> str:
    """The table for people; columns that are empty throughout are left out."""
    names = [name for name in COLUMNS if any(row.get(name) not in (None, "") for row in rows)]
    lines = ["| " + " | ".join(COLUMNS[name] for name in names) + " |", "|---" * len(names) + "|"]
    lines += ["| " + " | ".join(_cell(row.get(name)) for name in names) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    if value is None or isinstance(value, str) or isnan(value):
        return (value if isinstance(value, str) else "").replace("|", "/")
    if isinstance(value, int) or abs(value) >= 100.0:
        return f"{value:,.0f}"
    return f"{value:.3g}"
