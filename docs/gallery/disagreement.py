"""Disagreement

Answers, agreement, the parts of the variance, cohesion of groups, disagreement item by item.
"""

# %%
import pluralstats as ps

ratings = ps.simulate(
    n_raters=60,
    n_items=60,
    ratings_per_rater=40,
    demographics={"gender": {"female": 0.5, "male": 0.5}, "age": {"18-39": 0.6, "40+": 0.4}},
    effects={"gender[male]": 0.4, "age[40+]": -0.2},
    item_slopes={"gender[male]": 0.7},
    seed=4,
)

# %% likert
axes = ps.figures.likert(ratings)

# %% agreement
axes = ps.figures.agreement(ps.agreement(ratings, ["gender", "age"], replicates=200))

# %% variance_shares
fit = ps.fit(ratings, "rating ~ gender + age + (1 + gender | item) + (1 | rater)")
axes = ps.figures.variance_shares(fit)

# %% cohesion
table = ps.cohesion(ratings, ["gender", "age"], permutations=200, replicates=200)
axes = ps.figures.cohesion(table)

# %% association
axes = ps.figures.association(table)

# %% dimension_correlations
several = ps.simulate(
    n_raters=80,
    n_items=40,
    dimensions=["toxic", "rude", "funny"],
    rater_correlation=0.6,
    item_correlation=[[1.0, 0.8, -0.3], [0.8, 1.0, -0.2], [-0.3, -0.2, 1.0]],
    seed=4,
)
axes = ps.figures.dimension_correlations(ps.dimension_correlations(ps.fit(several, method="laplace")))

# %% item_disagreement
axes = ps.figures.item_disagreement(ratings, scale=(1, 5))
