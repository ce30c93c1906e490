"""A language model as a judge, and the rating that its answer states."""
