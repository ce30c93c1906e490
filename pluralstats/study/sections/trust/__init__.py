"""Whether the results can be relied on."""
