"""What was written: the tree of a file, nothing resolved."""
