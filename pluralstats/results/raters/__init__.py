"""Single raters: how severe, how noisy, how they use the scale, and whether they answer the same all along."""
