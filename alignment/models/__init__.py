"""Language models: loaded from safetensors, made from nothing, read and asked."""
