"""Agreement inside groups of raters beside agreement across them (GRASP)."""
