"""The AWS resources of a plan, one file a service; each knows its spelling in every target."""
