"""What is wrong with a fit, in finished sentences."""
