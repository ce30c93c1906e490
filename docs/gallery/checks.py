"""Checks

Whether a model describes the ratings, whether chains agree, whether intervals are right.
"""

# %%
import pluralstats as ps

ratings = ps.simulate(n_raters=100, n_items=30, ratings_per_rater=12, seed=7)
fit = ps.fit(ratings)

# %% predicted_shares
checks = ps.predictive_checks(fit)
axes = ps.figures.predicted_shares(checks)

# %% predicted_moments
axes = ps.figures.predicted_moments(checks)

# %% predicted_units
axes = ps.figures.predicted_units(checks)

# %% prior_predictive
axes = ps.figures.prior_predictive(ratings)

# %% trace_and_rank
axes = ps.figures.trace_and_rank(fit)

# %% elpd
items_only = ps.fit(ratings, "rating ~ gender + (1 | item)")
axes = ps.figures.elpd(ps.compare({"items and raters": fit, "items only": items_only}))

# %% sbc_ranks
small = ps.simulate(n_raters=30, n_items=10, ratings_per_rater=5, seed=8)
ranks = ps.calibration_ranks(small, simulations=20, ranks=20, draws=400)
axes = ps.figures.sbc_ranks(ranks)

# %% coverage
percent = ps.interval_coverage(ranks)
shares = percent.assign(nominal=percent["nominal"] / 100, observed=percent["observed"] / 100)
axes = ps.figures.coverage(shares)
