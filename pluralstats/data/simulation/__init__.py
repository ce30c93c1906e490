"""Ratings made by a known model, to plan studies and to check analyses."""
