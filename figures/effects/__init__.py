"""Differences between groups: forest, models, methods, means, scales, intersections, populations."""
