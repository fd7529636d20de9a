"""Requests that go out: resolved once, judged, connected to what was judged, bounded, written down if refused."""
