"""Everything that changes an assessment: the change, its line of history and its entry, in one transaction."""
