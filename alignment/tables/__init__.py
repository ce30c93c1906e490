"""Tables of texts, pairs, ratings and scores: read from files, checked as a whole, made for a known truth."""
