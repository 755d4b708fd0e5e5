"""Corredor."""
