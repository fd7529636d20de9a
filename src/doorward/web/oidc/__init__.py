"""Signing in by a provider (OpenID Connect): asking it, believing it, and what that opens here."""
