"""The language of studies: numbers, verdicts, columns of tables, blocks of the page, printed tables."""
