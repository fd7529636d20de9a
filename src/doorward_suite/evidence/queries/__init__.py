"""What pages and programs read of an assessment. Every query here goes through an index."""
