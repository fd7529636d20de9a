"""How a view opens a stream: the `StreamOpener` that the server leaves in a request's environ."""

from __future__ import annotations

from doorward.core.streams import StreamRequest
from doorward.live.hub import Hub
from doorward.live.listener import Listener


class Opener:
    """Made before the app is called, so that a cut which comes while the app decides is not missed.

    Arguments:
        hub: where the stream is entered.

    Attributes:
        listener: the stream that was opened, if any.
    """

    __slots__ = ("_hub", "_moment", "listener")

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._moment = hub.moment()
        self.listener: Listener | None = None

    def open(self, request: StreamRequest) -> None:
        """See `core.streams.StreamOpener`. Raises what `Hub.admit` raises."""
        if self.listener is not None:
            raise RuntimeError("a request can open one stream only")
        self.listener = self._hub.admit(request, self._moment)

    def taken(self) -> tuple[Hub, Listener]:
        """The hub and the stream, for whoever begins it now and is responsible for its end."""
        listener, self.listener = self.listener, None
        if listener is None:
            raise RuntimeError("no stream was opened")
        return self._hub, listener

    def give_up(self) -> None:
        """The stream will not be begun after all."""
        if self.listener is not None:
            self._hub.release(self.listener)
            self.listener = None
