"""What is minimised, as pure functions of tensors, and the batches that they read."""
