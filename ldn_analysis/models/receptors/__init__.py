"""Occupancy of opioid receptors."""
