"""Apps made by hypothesis: declarations, verbs and arrows in any mix that the language takes."""

from __future__ import annotations

from hypothesis import strategies as st

RESOURCES = {
    "queue": ("", " { dead-letter after 3 }", " { retention 2d; delay 5s }"),
    "topic": ("", " { tags { Team \"a\" } }"),
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


@st.composite
def apps(draw: st.DrawFn) -> list[str]:
    """The statements of an app, one a string, in no order that means anything."""
    kinds = draw(st.lists(st.sampled_from(sorted(RESOURCES)), max_size=7))
    names = {f"{kind.capitalize()}{i}": kind for i, kind in enumerate(kinds)}
    functions = [f"f{i}" for i in range(draw(st.integers(1, 4)))]
    statements = [f"{kind} {name}{draw(st.sampled_from(RESOURCES[kind]))}" for name, kind in names.items()]
    targets = {**names, **dict.fromkeys(functions, "function")}
    for function in functions:
        chosen = draw(st.lists(st.sampled_from(sorted(targets)), max_size=4, unique=True))
        verbs = [f"{draw(st.sampled_from(VERBS[targets[t]]))} {t}" for t in chosen]
        extra = draw(st.sampled_from(["", "; timeout 45s", "; memory 1GB", "; tracing", "; retries 1"]))
        statements.append(f'function {function} "src/a.handler" {{ runtime python3.13; {"; ".join(verbs)}{extra} }}')
    readers: dict[str, int] = {}
    for number, (name, kind) in enumerate(sorted(names.items())):
        for function in draw(st.lists(st.sampled_from(functions), max_size=2, unique=True)) if kind in TO_FUNCTION else []:
            readers[name] = readers.get(name, 0) + 1
            source = draw(st.sampled_from(TO_FUNCTION[kind])).format(name, f"{number}{function}")
            statements.append(f"{source} -> {function}")
    if draw(st.booleans()):
        statements.append(f"every 5m -> {draw(st.sampled_from(functions))}")
    if draw(st.booleans()):
        kind = draw(st.sampled_from(["http", "rest"]))
        routes = "\n".join(f"  {method} /{path} -> {draw(st.sampled_from(functions))}" for method, path in (("GET", "a"), ("POST", "a/{id}")))
        statements.append(f"api Web {{\n  protocol {kind}\n{routes}\n}}")
    return statements


def text(statements: list[str]) -> str:
    """The source of an app."""
    return "app made\n" + "\n".join(statements) + "\n"
