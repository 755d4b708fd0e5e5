"""Ports of entry: what arrives at each crossing, what waits there, and what the waiting costs.

=========== ====================================================================================
``demand``  what arrives each day, and what a day can clear, from monthly counts
``weeks``   how the traffic of a month is spread over the days of a week
``values``  what a truck, train or traveller carries, and what an hour of waiting costs
``inputs``  figures and corridor turned into the arrays of the queues, and the rule on officers
``freight`` what closures and queues do to freight and travellers
=========== ====================================================================================

The queues themselves run within the simulated day (:mod:`corredor.engine.ports`).
"""
