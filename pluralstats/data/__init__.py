"""Ratings and where they come from: scales, checks, policies, readers, simulation."""
