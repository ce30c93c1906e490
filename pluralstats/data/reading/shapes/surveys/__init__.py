"""A row a person: exports of survey tools."""
