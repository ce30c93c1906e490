"""Whom results are about: target populations as cells of demographics with shares (METHODS section 5)."""
