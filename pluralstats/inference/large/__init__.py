"""The curvature of more effects than a dense matrix holds: solves by conjugate gradients, the determinant by probes."""
