"""The verbs: what code does with a resource, in words. Each kind says which of them it takes and what they allow."""

VERBS: dict[str, str] = {
    "reads": "look at what is there",
    "writes": "create, change and remove",
    "puts": "create or replace, but not remove",
    "deletes": "remove",
    "sends": "put a message into a queue",
    "receives": "take messages out of a queue by hand (an arrow does it without a verb)",
    "publishes": "tell a topic or a bus that something happened",
    "calls": "call a function",
    "starts": "start a workflow or a task",
}
