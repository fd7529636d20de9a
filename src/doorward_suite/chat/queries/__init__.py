"""What chat reads, one topic a file. Every query here goes through an index."""
