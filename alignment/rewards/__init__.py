"""Reward models: their networks, and whether they mean what they say."""
