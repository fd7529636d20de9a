"""Everything that changes a consultation: the change, its entry in the journal, its events, in one transaction."""
