"""Combinations of demographics, and items that split groups."""
