"""Responders and response spread."""
