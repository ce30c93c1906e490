"""Who and what averages are over, and the averages themselves, one posterior draw at a time."""
