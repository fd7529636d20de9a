"""What pages of honors read. Every query goes through an index, and none reads more than a page of what grows."""
