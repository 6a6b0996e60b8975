"""Counts: pooled two-by-two tables, proportions, multiplicity."""
