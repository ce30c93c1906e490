"""Training conditions: effects of arms, wins, distances, steerability, trade-offs, ratios."""
