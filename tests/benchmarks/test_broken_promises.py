"""What each benchmark promises is found broken when it is: a promise that cannot fail is none."""

from math import nan
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import pluralstats as ps


def test_a_fit_by_another_method_than_the_table_says_is_found(script, tmp_path, monkeypatch):
    # what happened when the exact posterior became the package's default
    fit = ps.fit
    monkeypatch.setattr(script("ours").ps, "fit", lambda *a, **k: fit(*a, **(k | {"method": "hmc", "draws": 40})))
    argv = ["--tiny", "--cases", "seed_linear_statsmodels", "--out", str(tmp_path)]
    assert script("speed").main(argv) == 1
    rows = pd.read_csv(tmp_path / "speed.csv")
    assert rows.loc[rows["program"].str.startswith("pluralstats"), "kept"].tolist() == ["NO"]


def row(loglik=-100.0, sds="item=0.5000 rater=0.7000", **other):
    return {"runs": 1, "wall": 1.0, "cpu": 1.0, "peak": 300.0, "loglik": loglik, "sds": sds, "note": ""} | other


@pytest.mark.parametrize(
    ("ours", "peer", "kept"),
    [
        (row(), row(), ["yes", "yes"]),
        (row(), row(-100.009), ["yes", "yes"]),  # SAME_OPTIMUM is 0.01
        (row(), row(-100.02), ["yes", "NO"]),
        (row(), row(-99.98), ["yes", "NO"]),
        (row(nan), row(), ["NO", "NO"]),
        (row(), row(sds="item=0.5100 rater=0.7000"), ["yes", "NO"]),  # 2% off, SAME_SD is 1%
        (row(), row(sds="item=0.5000 judge=0.7000"), ["yes", "NO"]),
        (row(runs=0, note="failed (1): no"), row(), ["NO", None]),
        (row(), row(runs=0, note="failed (1): no"), ["yes", "NO"]),
        (row(), row(runs=0, note="absent: no R package lme4"), ["yes", None]),
    ],
)
def test_the_optimum_is_the_same_or_the_promise_is_broken(script, ours, peer, kept):
    case = SimpleNamespace(peers=(script("cases").Peer("lmer", 1.0),), peak=1e9)
    assert [found.get("kept") for found in script("table").compared(case, [ours, peer], tiny=True)] == kept


def test_a_peer_may_stop_short_by_its_own_rule_and_we_may_not(script):
    case = SimpleNamespace(peers=(script("cases").Peer("gpboost", 1.0, short=1e-3),), peak=1e9)  # 0.1 of 100
    compared = script("table").compared
    assert [compared(case, [row(), row(loglik)], tiny=True)[1]["kept"] for loglik in (-100.09, -100.2, -99.91)] == [
        "yes",
        "NO",
        "NO",
    ]


def test_time_and_memory_are_judged_on_whole_data_only(script):
    case = SimpleNamespace(peers=(script("cases").Peer("lmer", 5.0),), peak=200.0)
    rows = [row(), row(wall=4.0, peak=200.0)]
    compared = script("table").compared
    assert [found["kept"] for found in compared(case, rows, tiny=False)] == ["NO", "NO"]
    assert [found["kept"] for found in compared(case, rows, tiny=True)] == ["yes", "yes"]


def drawn(**other):
    return {
        "runs": 1,
        "rate": 1.0,
        "rate_cpu": 1.0,
        "ess": 400.0,
        "rhat": 1.0,
        "z": 0.0,
        "n_parameters": 10,
        "note": "",
        "peak": 1,
    } | other


@pytest.mark.parametrize(
    ("theirs", "kept"),
    [
        # normal quantile at 1 - 1e-4 / 20, R: qnorm(1e-4 / 20, lower.tail = FALSE) = 4.417
        (drawn(z=4.41), ["yes", "yes"]),
        (drawn(z=4.42), ["yes", "NO"]),
        (drawn(z=9.0, ess=50.0), ["yes", None]),  # too few draws to be compared
        (drawn(runs=0, note="failed (1): no"), ["yes", "NO"]),
        (drawn(runs=0, note="absent: no"), ["yes", None]),
    ],
)
def test_another_posterior_is_found(script, theirs, kept):
    found = script("exact_table").compared({"hmc": drawn(), "nuts": theirs}, SimpleNamespace(), [], tiny=True)
    assert [one.get("kept") for one in found] == kept


def test_draws_that_moved_by_a_fifth_of_their_sd_are_another_posterior(script, tmp_path):
    rng = np.random.default_rng(1)
    names = "threshold[1]\nsd(item)\nitem[a]\n"
    moved = np.array([0.2, 0.0, 0.0])
    for folder, shift in (("a", 0.0 * moved), ("b", moved), ("c", 0.0 * moved)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "names.txt").write_text(names)
        np.save(tmp_path / folder / "draws.npy", rng.normal(size=(4, 1000, 3)) + shift)
    run, measures = script("processes").run_here, script("exact_measures").__file__
    z = {
        folder: float(
            run(["python", measures, str(tmp_path / folder), "--reference", str(tmp_path / "a")]).said["mean_z"]
        )
        for folder in ("b", "c")
    }
    # 0.2 / sqrt(2 / 4000) = 8.9 standard errors, give or take 1; the larger of two normals passes 4.1 once in 10,000
    assert z["b"] > 4.9
    assert z["c"] < 4.1


@pytest.mark.parametrize(
    ("inside", "n", "kept"),
    [(185, 200, True), (196, 200, True), (170, 200, False), (200, 200, False), (0, 0, False), (19, 20, True)],
)
def test_coverage_is_judged_with_its_error(script, inside, n, kept):
    # 92 to 97% with 5e-3, a half on each side: P(X >= 200 | 200, .97) = .97^200 = 2.3e-3 < 2.5e-3
    found = script("promises").covered("intervals", inside, n, false_alarm=5e-3)
    expected = n > 0 and binom.cdf(inside, n, 0.92) > 2.5e-3 and binom.sf(inside - 1, n, 0.97) > 2.5e-3
    assert found.kept == expected == kept


def test_a_slow_start_is_found_whatever_the_machine(script):
    ratios = script("starting").ratios
    pandas, ours, help_, of_study = script("starting").COMMANDS
    for speed in (0.1, 10.0):
        found = ratios({pandas: speed, ours: 0.49 * speed, help_: 1.51 * speed, of_study: 1.99 * speed})
        assert [promise.kept for promise in found] == [True, False, True]


@pytest.mark.parametrize(("k", "n", "p"), [(0, 5, 0.3), (7, 12, 0.6), (950, 1000, 0.93), (12, 12, 0.93), (3, 9, 1.0)])
def test_binomial_tails_are_those_of_scipy(script, k, n, p):
    assert script("promises").at_most(k, n, p) == pytest.approx(binom.cdf(k, n, p), rel=1e-9, abs=1e-300)


def test_nothing_judged_is_no_success(script):
    assert script("promises").exit_code([]) == 1


def test_intervals_that_hold_nothing_are_found(script):
    table = pd.DataFrame({"design": "d", "function": "agreement", "coefficient": ["ac1", "ac2"], "bootstrap": "both"})
    table = table.assign(percent=[97.0, 60.0], n_intervals=100)
    assert [p.kept for p in script("agreement_coverage").promises(table, 100)] == [True, False]


def test_ranks_that_gather_in_the_tails_are_found(script):
    table = pd.DataFrame({"parameter": "b", "rank": [0, 99] * 30, "n_ranks": 100})
    assert [p.kept for p in script("calibration").uniform("model", table)] == [False]
    even = pd.DataFrame({"parameter": "b", "rank": np.arange(100), "n_ranks": 100})
    assert [p.kept for p in script("calibration").uniform("model", even)] == [True, True]


def test_other_means_than_the_graphs_and_runs_that_did_not_converge_are_found(script):
    one = pd.DataFrame({"estimate": [0.0, 1.0], "mcse": 0.03, "r_hat": 1.0, "ess_bulk": 900.0})
    same = script("reference").same_means
    assert same("d", one, one.assign(estimate=[0.1, 1.0])).kept  # 0.1 / (0.03 sqrt 2) = 2.4 standard errors, of 4.06
    assert not same("d", one, one.assign(estimate=[0.2, 1.0])).kept
    assert not same("d", one, one.assign(r_hat=1.06)).kept
    assert not same("d", one, one.assign(ess_bulk=50.0)).kept


def test_other_alphas_than_the_packages_are_found(script):
    same = script("agreement_speed").same_alphas
    assert same({"alphas": "0.1 0.2"}, {"alphas": "0.1 0.2"}).kept
    assert not same({"alphas": "0.1 0.2"}, {"alphas": "0.1 0.2001"}).kept
    assert not same({"alphas": "0.1 0.2"}, {}).kept


def test_labels_that_are_off_are_found(script):
    said = {"what": "labels", "seconds": "1", "cpu": "1", "sum": "1e-16", "off": "0.002"}
    found = SimpleNamespace(failure="", said=said, peak=1.0)
    assert [p.kept for p in script("label_speed").promises(found)] == [True, False]


def test_a_real_process_reports_and_fails_like_one_here(script, tmp_path):
    processes = script("processes")
    good = processes.run([processes.sys.executable, "-c", "print('= answer 42')"], 60.0)
    assert (good.said, good.failure) == ({"answer": "42"}, "")
    assert good.peak > 1.0
    for code, word in ((3, "absent: gone"), (1, "failed (1): gone")):
        text = f"import sys; print('gone', file=sys.stderr); sys.exit({code})"
        assert processes.run([processes.sys.executable, "-c", text], 60.0).failure == word
    assert processes.run([str(tmp_path / "nobody")], 60.0).failure.startswith("absent: ")
