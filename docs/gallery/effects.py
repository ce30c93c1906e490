"""Differences between groups

Effects, group means, other models and methods beside the main one, populations, intersections.
"""

# %%
import pluralstats as ps

ratings = ps.simulate(
    n_raters=240,
    n_items=40,
    ratings_per_rater=12,
    demographics={
        "gender": {"female": 0.55, "male": 0.45},
        "politics": {"liberal": 0.5, "moderate": 0.3, "conservative": 0.2},
        "age": {"18-34": 0.4, "35-54": 0.35, "55+": 0.25},
    },
    effects={"gender[male]": -0.25, "politics[moderate]": -0.2, "politics[conservative]": -0.45},
    sd_intersection={"gender:politics:age": 0.3},
    seed=3,
)
fit = ps.fit(ratings)

# %% forest
axes = ps.figures.forest(fit, rope=0.1, scale=(1, 5))

# %% group_means
axes = ps.figures.group_means(ps.group_means(fit, "politics"), scale=(1, 5))

# %% curve
age = 18.0 + 62.0 * ratings.frame["rater"].cat.codes / 240
aged = ps.fit(
    ratings.with_covariates({"age_in_years": age}),
    "rating ~ gender * bs(age_in_years, df=4) + (1 | item) + (1 | rater)",
    method="laplace",
)
axes = ps.figures.curve(ps.curve(aged, "age_in_years", by="gender"), scale=(1, 5))

# %% comparison
items_only = ps.fit(ratings, "rating ~ gender + politics + age + (1 | item)")
axes = ps.figures.comparison({"items and raters": fit, "items only": items_only}, scale=(1, 5), rope=0.1)

# %% robustness
axes = ps.figures.robustness(fit, scale=(1, 5))

# %% scale_collapse
coarser = {5: fit, 3: ps.fit(ratings.collapse(3)), 2: ps.fit(ratings.collapse(2, "up"))}
axes = ps.figures.scale_collapse(coarser)

# %% population
adults = ps.Population.from_margins(
    {
        "gender": {"female": 0.51, "male": 0.49},
        "politics": {"liberal": 0.25, "moderate": 0.4, "conservative": 0.35},
    },
    ratings,
)
axes = ps.figures.population(
    adults.compare(ratings),
    effects={"these raters": ps.effects(fit), "adults": ps.effects(fit, population=adults)},
    scale=(1, 5),
)

# %% intersections
cells = ps.fit(
    ratings, "rating ~ gender + politics + age + (1 | gender:politics:age) + (1 | item) + (1 | rater)", method="laplace"
)
axes = ps.figures.intersections(cells, scale=(1, 5))

# %% intersection_differences
axes = ps.figures.intersection_differences(cells, rope=0.1)
