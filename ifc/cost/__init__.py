"""What an app costs each month: rates of events through its graph, what the services charge for them, and what stands there anyway."""
