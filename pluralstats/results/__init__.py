"""What a fit says: effects in rating points and shares of variance."""
