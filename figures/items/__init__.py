"""Items and raters one by one: thresholds, severities, contested items, disagreement about items."""
