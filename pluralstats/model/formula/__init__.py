"""R-style formulas: their words, their algebra and what they say."""
