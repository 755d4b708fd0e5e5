"""The table: what each side could offer, and which packages both would take."""

from corredor.questions.deal.parties import Table
from corredor.questions.deal.reading import load_table, read_table, shipped_tables
from corredor.questions.deal.solve import Deal, deal

__all__ = ["Deal", "Table", "deal", "load_table", "read_table", "shipped_tables"]
