"""The routes of an api: how they are written, who may call them, and what they become for each protocol."""
