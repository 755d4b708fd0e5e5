"""Readers of the compiled files, a module for each family of publishers."""
