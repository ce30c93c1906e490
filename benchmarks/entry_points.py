"""Scripts that are run by name; tests/benchmarks runs each with ``--tiny`` and judges its promises. See README.md.

A new script joins by one line in ``ENTRY_POINTS``: its name and what its tiny run needs besides ``--tiny``.
"""

ENTRY_POINTS: dict[str, tuple[str, ...]] = {
    "agreement_coverage": (),
    "agreement_speed": (),
    "arm_coverage": (),
    "calibration": (),
    "cohesion_power": (),
    "damage": (),
    # not brms: where R has it, compiling its Stan program was 40 of the 49 CPU seconds
    "exact": ("--programs", "hmc", "nuts", "graph", "carried_low_rank", "numpyro_carried", "bambi_nutpie"),
    "few_raters_coverage": (),
    "label_speed": (),
    "parts": (),
    "parallel_tests": (),
    "reading": (),
    "reference": (),
    "representations": (),
    "speed": (),
    "starting": (),
    "trl_versions": (),
    "weight_coverage": (),
}
STEPS = frozenset(  # what entry points start in processes of their own
    {
        "agreement_work",
        "data",
        "exact_measures",
        "exact_ours",
        "label_work",
        "ours",
        "peer_exact_bambi",
        "peer_exact_graph",
        "peer_exact_numpyro",
        "peer_exact_package",
        "peer_gpboost",
        "peer_statsmodels",
        "reading_work",
        "page",  # writes the tables of docs/benchmarks.md; tests/benchmarks/test_page_tables.py
    }
)
