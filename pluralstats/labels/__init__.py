"""What is trained on: label distributions, aggregated labels and preference pairs (METHODS sections 5 and 6)."""
