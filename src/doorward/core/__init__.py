"""Decisions: plain values in, decisions out. No clock, no environment, no database, no files."""
