"""The law: a scenario compiled to arrays, whose people move day by day, in whole numbers."""
