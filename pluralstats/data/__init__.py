"""Ratings and where they come from: scales, checks, policies, readers, simulation."""

import lazy_loader

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submodules=["datasets"])  # which is a public name
