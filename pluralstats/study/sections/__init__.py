"""Sections of the report, one module each: what it computes, shows and says. ``order`` has them in their order."""
