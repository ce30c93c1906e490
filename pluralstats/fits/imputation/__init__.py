"""Demographics that raters did not state, imputed several times; the fits are pooled."""
