"""From a request to its fit, a module for each kind of method."""
