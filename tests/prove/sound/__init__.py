"""The sound app: a small notebook for a team behind the door, with a way of every kind, and without a mistake."""
