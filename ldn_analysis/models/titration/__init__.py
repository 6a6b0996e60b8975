"""Finding one's own dose: rules and virtual patients."""
