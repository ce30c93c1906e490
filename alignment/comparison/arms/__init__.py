"""The effect of each training condition on scores: rater model, t intervals, bootstrap."""
