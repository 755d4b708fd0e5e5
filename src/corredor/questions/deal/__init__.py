"""The table: what each side could offer, and which packages both would take."""

from corredor.questions.deal.deal import Deal, deal
from corredor.questions.deal.parties import Table
from corredor.questions.deal.reading import load_table, read_table, shipped_tables

__all__ = ["Deal", "Table", "deal", "load_table", "read_table", "shipped_tables"]
