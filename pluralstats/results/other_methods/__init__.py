"""The same contrasts by other methods."""
