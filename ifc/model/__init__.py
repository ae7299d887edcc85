"""What was meant: names resolved, defaults filled, nothing of any target."""
