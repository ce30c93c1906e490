"""What ``fit`` is asked for, read and checked before anything is fitted."""
