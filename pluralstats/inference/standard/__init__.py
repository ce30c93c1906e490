"""Designs in standard units."""
