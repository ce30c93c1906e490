"""Items and raters

Items that split two groups, severities of raters, and thresholds between the answers.
"""

# %%
import pluralstats as ps

ratings = ps.simulate(
    n_raters=120,
    n_items=50,
    ratings_per_rater=25,
    effects={"gender[male]": 0.1},
    item_slopes={"gender[male]": 0.6},
    seed=5,
)
fit = ps.fit(ratings, "rating ~ gender + (1 + gender | item) + (1 | rater)")

# %% contested
axes = ps.figures.contested(ps.contested_items(fit, "gender", margin=0.2), margin=0.2, k=8, scale=(1, 5))

# %% caterpillar
plain = ps.fit(ratings)
axes = ps.figures.caterpillar(plain)

# %% wright
axes = ps.figures.wright(plain)

# %% rater_profiles
made = ps.simulate(n_raters=120, n_items=50, ratings_per_rater=40, sd_disc_rater=0.4, seed=5)
noisy = ps.fit(made, disc="~ (1 | rater)", method="laplace")
axes = ps.figures.rater_profiles(ps.rater_table(noisy))
