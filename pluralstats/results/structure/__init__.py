"""Combinations of demographics, and single items."""
