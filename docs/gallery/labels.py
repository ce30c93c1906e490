"""Labels and pairs

What is known about the label of an item, and whether probabilities of preferences are right.
"""

# %%
import pluralstats as ps

ratings = ps.simulate(n_raters=120, n_items=60, ratings_per_rater=30, n_questions=20, seed=6)
frame = ratings.frame
known = frame["rater"].isin(ratings.raters["rater"][:60])
fit = ps.fit(ratings.where(known))

# %% label_entropy
axes = ps.figures.label_entropy(ps.label_distributions(fit), scale=(1, 5))

# %% pair_calibration
# Pairs from 60 raters, and what the other 60, whom the fit has not seen, say of the same two responses.
responses = frame[["item", "question"]].drop_duplicates()
responses = responses.assign(prompt=responses["question"], response=responses["item"])
pairs = ps.preference_pairs(fit, responses).table[["chosen", "rejected", "p"]]
said = frame.loc[~known, ["rater", "item", "rating"]]
both = pairs.merge(said, left_on="chosen", right_on="item").merge(
    said, left_on=["rejected", "rater"], right_on=["item", "rater"], suffixes=("", "_other")
)
higher, lower = both["rating"] > both["rating_other"], both["rating"] < both["rating_other"]
both["outcome"] = 0.5 + 0.5 * higher - 0.5 * lower
axes = ps.figures.pair_calibration(ps.alignment.pair_calibration(both, cluster="rater"))
