"""What lies on disk: written whole, with checksums, and nothing of anybody else's removed."""
