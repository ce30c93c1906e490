"""Preference pairs: which of two responses people prefer, with the probability of it (METHODS section 6)."""
