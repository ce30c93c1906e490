"""Who chose what, where the differences between ratings come from, and how far raters agree."""
