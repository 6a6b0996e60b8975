"""Outcomes that depend on each other."""
