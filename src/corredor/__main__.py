"""``python -m corredor``."""

from corredor.cli import main

main()
