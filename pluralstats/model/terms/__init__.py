"""The columns that the terms of a formula stand for."""
