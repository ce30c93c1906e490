"""Compiled loops over ratings."""
