"""Label distributions: entropy, calibration of pairs."""
