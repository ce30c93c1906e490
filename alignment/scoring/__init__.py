"""Texts in, numbers out: word lists, models, judges, and the files of other programs."""
