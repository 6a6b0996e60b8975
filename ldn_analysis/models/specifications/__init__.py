"""The multiverse of analyses."""
