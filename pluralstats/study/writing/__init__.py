"""The language of studies: verdicts, columns of tables, blocks of the page."""
