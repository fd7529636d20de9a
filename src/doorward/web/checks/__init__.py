"""The checks of the gate, one a file. Each takes what the door knows of the request, and raises `Refused`."""
