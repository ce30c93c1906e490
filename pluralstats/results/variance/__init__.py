"""How much of the spread of ratings is item, group, person or noise."""
