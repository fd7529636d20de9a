"""How fast evidence comes in, and how long its pages take when there is much of it."""
