"""Pooling of effects: one data set, many at once, regression, sensitivity."""
