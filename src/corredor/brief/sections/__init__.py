"""The sections of the brief: each turns the inputs into text, rows and charts."""
