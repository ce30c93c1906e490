"""Files of ratings, whatever tool wrote them: tables from files, ratings from tables."""
