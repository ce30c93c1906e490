"""What language models trained on the labels do differently, by a training summary."""
