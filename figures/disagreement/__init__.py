"""Agreement and disagreement of groups: answers, coefficients, cohesion, shares of variance."""
