"""Up-and-down dose finding."""
