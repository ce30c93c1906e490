"""Formats of files: text between separators, JSON, Excel, SPSS and Stata."""
