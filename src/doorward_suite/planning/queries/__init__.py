"""What pages, exports and programs read. Every query here goes through an index."""
