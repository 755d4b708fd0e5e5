"""Corridors anywhere: made up in a folder, from their figures to their forecast."""
