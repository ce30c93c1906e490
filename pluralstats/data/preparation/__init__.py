"""From any data frame to trusted ratings."""
