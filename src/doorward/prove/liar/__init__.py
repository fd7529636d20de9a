"""Servers of a run's own that the app asks, and that lie as an attack wants: sign-in providers, a mail server."""
