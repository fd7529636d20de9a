"""Chat under load, beside MiniMost, and with a million messages."""
