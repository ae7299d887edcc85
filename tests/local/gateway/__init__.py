"""nginx with our Lua library, and what stands in for everything behind it."""
