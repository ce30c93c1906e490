"""The report: figures on disk, and one page of all sections."""
