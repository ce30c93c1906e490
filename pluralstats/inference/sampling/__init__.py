"""The exact posterior in whitened coordinates."""
