"""Deals: what each side of a table could offer, and which packages both would take.

A table of parties and offers is read (:func:`load_table`), every package of offers is simulated or
estimated from those that were, and :func:`deal` says which ones no side would refuse, how sure
that is, and how long a package would hold.
"""

from corredor.deal.parties import Table
from corredor.deal.reading import load_table, read_table, shipped_tables
from corredor.deal.solve import Deal, deal

__all__ = ["Deal", "Table", "deal", "load_table", "read_table", "shipped_tables"]
