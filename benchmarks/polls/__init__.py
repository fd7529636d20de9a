"""Polls beside ClassPulse, with a hundred thousand votes, and with a hall of ten thousand."""
