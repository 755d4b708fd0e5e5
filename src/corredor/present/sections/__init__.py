"""Sections of the brief and the page: each turns the inputs into text, rows and charts."""
