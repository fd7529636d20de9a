"""Everything that changes honors: the change and its entry in the journal, in one transaction."""
