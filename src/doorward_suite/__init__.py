"""The apps that live behind the door, on the kit's public names only."""
