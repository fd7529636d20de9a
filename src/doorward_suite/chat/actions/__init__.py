"""What changes chat, one topic a file: the change, its journal entries and its events in one transaction."""
