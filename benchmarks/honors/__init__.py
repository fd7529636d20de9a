"""Honors beside the honor roll."""
