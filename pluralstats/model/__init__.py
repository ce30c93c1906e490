"""From a formula and ratings to arrays: what inference sees."""
