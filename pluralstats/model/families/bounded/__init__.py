"""Families of numbers between two ends."""
