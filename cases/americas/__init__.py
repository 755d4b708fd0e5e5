"""Case studies of the corridor through the Americas; `make` writes their pages of docs."""
