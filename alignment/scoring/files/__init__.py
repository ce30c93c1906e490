"""Scores in the files of other evaluation programs: a reader is one module."""
