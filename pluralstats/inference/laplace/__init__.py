"""Maxima and modes, with the curvature around them."""
