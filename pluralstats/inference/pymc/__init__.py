"""The same model as a PyMC graph."""
