"""What a decision would change: a study of a corridor, scenarios, and how they compare."""
