"""Apps made by hypothesis: declarations, verbs and arrows in any mix that the language takes."""

from __future__ import annotations

import random

from hypothesis import strategies as st

RESOURCES = {
    "queue": ("", " { dead-letter after 3 }", " { retention 2d; delay 5s }"),
    "topic": ("", ' { tags { Team "a" } }'),
    "table": (" { key id: string; stream new-and-old }", " { key id: string, at: number; stream new; index byAt { key at: number } }"),
    "bucket": ("", " { versioning }"),
    "stream": ("", " { shards 2 }"),
    "bus": ("",),
    "secret": ("",),
    "config": (' "x"',),
}
VERBS = {
    "queue": ("sends", "receives"),
    "topic": ("publishes",),
    "table": ("reads", "writes", "puts", "deletes"),
    "bucket": ("reads", "writes", "puts", "deletes"),
    "stream": ("reads", "writes"),
    "bus": ("publishes",),
    "secret": ("reads",),
    "config": ("reads", "writes"),
    "function": ("calls",),
}
TO_FUNCTION = {
    "queue": ("{}", '{} where kind == "a"'),
    "topic": ("{}", "{} where n > 3"),
    "table": ("{}.stream", '{}.stream where eventName == "INSERT"'),
    "bucket": ('{}.created "in{}/*"',),
    "stream": ("{}",),
    "bus": ('{} where detail-type == "D"',),
}


def app(seed: int) -> list[str]:
    """The statements of an app, one a string, in no order that means anything."""
    chance = random.Random(seed)
    kinds = [chance.choice(sorted(RESOURCES)) for _ in range(chance.randint(0, 7))]
    names = {f"{kind.capitalize()}{i}": kind for i, kind in enumerate(kinds)}
    functions = [f"f{i}" for i in range(chance.randint(1, 4))]
    statements = [f"{kind} {name}{chance.choice(RESOURCES[kind])}" for name, kind in names.items()]
    for function in functions:
        verbs = [f"{verb} {name}" for name, kind in names.items() for verb in VERBS[kind] if chance.random() < 0.3]
        verbs += [f"calls {other}" for other in functions if chance.random() < 0.2]
        extra = chance.choice(["", "timeout 45s", "memory 1GB", "tracing", "retries 1"])
        statements.append(f'function {function} "src/a.handler" {{ runtime python3.13; {"; ".join([*verbs, extra])} }}')
    for name, kind in names.items():
        for function in functions:
            if kind in TO_FUNCTION and chance.random() < 0.3:
                source = chance.choice(TO_FUNCTION[kind]).format(name, function)
                statements.append(f'{source} -> {function}  # ifc: allow IFC550 "what a function does here is nothing"')
    if chance.random() < 0.5:
        statements.append(f"every 5m -> {chance.choice(functions)}")
    if chance.random() < 0.5:
        kind = chance.choice(["http", "rest"])
        routes = "\n".join(f"  {method} /{path} -> {chance.choice(functions)}" for method, path in (("GET", "a"), ("POST", "a/{id}")))
        statements.append(f"api Web {{\n  protocol {kind}\n{routes}\n}}")
    return statements


def apps() -> st.SearchStrategy[list[str]]:
    """Generated apps, from seeds: hypothesis' own choices stay too simple to have many arrows and verbs at once."""
    return st.integers(0, 2**32).map(app)


def text(statements: list[str]) -> str:
    """The source of an app."""
    return "app made\n" + "\n".join(statements) + "\n"
