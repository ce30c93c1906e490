"""What a target population would answer on every item (METHODS section 5)."""
