"""Golden values: what the Americas gave when the baseline was last made."""
