"""Connections that hold nobody: who sends or reads too slowly is let go.

uvicorn waits without end for the rest of a request's head and for a reader who does not read,
and at its limit of connections answers everybody with 503.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["Connection"]

_NO_LINGER = struct.pack("ii", 1, 0)  # what was not sent is dropped


class Connection(H11Protocol):
    """One connection, with limits of time and number.

    Attributes
    ----------
    head_seconds
        Seconds in which the head of a request must have come.
    stalled_seconds
        Seconds in which a reader must take something of what waits for it.
    most
        Connections at once; past that the one that has asked nothing for longest gives way.
    """

    head_seconds = 10.0
    stalled_seconds = 10.0
    most = 512

    _head: asyncio.TimerHandle | None = None
    _watch: asyncio.TimerHandle | None = None
    _left = 0

    def connection_made(self, transport: Any) -> None:
        """Begin, and make room where there are too many."""
        super().connection_made(transport)
        sock = transport.get_extra_info("socket")
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            # asyncio asks for it of sockets that say they are TCP; an accepted one does not.
            # Else a body waits 40 ms for the other side to acknowledge its head.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._waits_for_head()
        self._watch = self.loop.call_later(self.stalled_seconds, self._look)
        if len(self.connections) > self.most:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        for timer in (self._head, self._watch):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in a part of a request."""
        super().data_received(data)
        if self.answering:
            self._head_came()
        elif self._head is None:
            self._waits_for_head()

    def on_response_complete(self) -> None:
        """Go on after an answer; the next request may have begun to come."""
        super().on_response_complete()
        if self.answering:
            self._head_came()

    @property
    def answering(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def _waits_for_head(self) -> None:
        self._head = self.loop.call_later(self.head_seconds, self._abort)

    def _head_came(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _look(self) -> None:
        """Let go of a reader who took nothing since the last look."""
        left = self.transport.get_write_buffer_size()
        if left and left == self._left:
            self._abort()
            return
        self._left = left
        self._watch = self.loop.call_later(self.stalled_seconds, self._look)

    def _make_room(self) -> None:
        idle = [c for c in self.connections if isinstance(c, Connection) and not c.answering]
        # those that have asked nothing are the oldest to wait; a new one may be the only one
        waits = [c for c in idle if c._head is not None]
        first = min(waits or idle or [self], key=lambda c: c._head.when() if c._head else 0.0)
        first._abort()

    def _abort(self) -> None:
        """End at once: the system would go on offering the rest to a reader who does not read."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()
