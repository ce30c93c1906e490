"""Families of ordered answers whose thresholds have no order: each belongs to one step or comparison."""
