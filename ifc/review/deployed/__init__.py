"""What is deployed, read back from the output of a target into one form: the same app has the same form in each."""
