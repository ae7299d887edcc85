"""The services of the AWS endpoint: one file each for what the engine serves, and what they share."""
