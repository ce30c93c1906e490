"""The methods paragraph, ready to paste."""
