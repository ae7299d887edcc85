"""Edits of more than one line, and edits that change more than themselves: what each becomes, and its classes both ways round."""

from __future__ import annotations

from collections.abc import Iterator

CHAIN = """\
app x
table T { key id: string; stream new }
function f "a.b" { calls g; url public; reads T }
function g "a.c"
T.stream -> f
queue Q { dead-letter after 3 }
Q -> g
every 1h -> f
topic P
P -> Q
"""

TWO = 'function f "a.b"\nfunction g "a.c"\n'
API = "api W { GET /a -> f\nGET /b -> g\n}\n"

# By what they are about: the app, what is replaced in it, and the classes of all that is found, forth and back.
SCENARIOS: dict[str, dict[str, tuple[str, list[tuple[str, str]], str, str]]] = {
    "renames": {
        "a function": (CHAIN, [("function g", "function h"), ("calls g", "calls h"), ("-> g", "-> h")], "R0", "R0"),
        "a queue with dead letters": (CHAIN, [(" Q", " Work"), ("Q -> g", "Work -> g")], "R0", "R0"),
        "a table with a stream": (CHAIN, [(" T", " U"), ("T.stream", "U.stream")], "R0", "R0"),
        "a topic": (CHAIN, [("topic P", "topic R"), ("P ->", "R ->")], "R1", "R1"),
        "an api": (CHAIN + API, [("api W", "api V")], "R1", "R1"),
        "a bucket": ('bucket B\nfunction f "a.b" { reads B }\nB.created -> f', [(" B", " C"), ("B.cr", "C.cr")], "R0", "R0"),
        "a bus": ('bus B\nfunction f "a.b" { publishes B }\nfunction g "a.c"\nB -> g', [(" B", " C"), ("B ->", "C ->")], "R1", "R1"),
        "a stream": ('stream B\nfunction f "a.b" { writes B }\nfunction g "a.c"\nB -> g', [(" B", " C"), ("B ->", "C ->")], "R0", "R0"),
        "a secret": ('secret B\nfunction f "a.b" { reads B }', [(" B", " C")], "R0", "R0"),
        "a param": ('param level "info"\nfunction f "a.b" { env { LEVEL level } }', [("level", "tone")], "R4", "R4"),
        "an output": ("queue Q\noutput a Q.arn", [("output a", "output b")], "R4", "R4"),
        "an authorizer": (
            'function f "a.b"\nauthorizer A f\napi W { authorizer A; GET /a -> f }',
            [("authorizer A", "authorizer B")],
            "R6",
            "R6",
        ),
        "what a schedule starts": ('function f "a.b"\nevery 1h -> f', [("function f", "function g"), ("-> f", "-> g")], "R0", "R0"),
        "two that are alike": ("queue A\nqueue B", [("queue A", "queue C"), ("queue B", "queue D")], "R0 R0 R6 R6", "R0 R0 R6 R6"),
        "one that is otherwise too": (
            'queue A\nfunction f "a.b" { sends A }',
            [("queue A", "queue B { delay 5s }"), ("sends A", "sends B")],
            "R0 R2 R6",
            "R0 R2 R6",
        ),
        "kept by `renamed from`": (
            CHAIN,
            [("table T {", "table U { renamed from T; "), ("T.stream", "U.stream"), ("reads T", "reads U")],
            "R6",
            "R6",
        ),
        "kept by `renamed from`, with its name": (
            'queue Q { name "q" }\nfunction f "a.b"\nQ -> f',
            [("queue Q {", "queue Z { renamed from Q;"), ("Q ->", "Z ->")],
            "",
            "",
        ),
        "`renamed from` taken away": ("queue Q { renamed from Old }", [(" { renamed from Old }", "")], "R0", "R0"),
    },
    "cascades": {
        "the stream of a table": (CHAIN, [("stream new", "stream keys")], "R4", "R4"),
        "the key of a table": (CHAIN, [("key id: string", "key id: number")], "R0", "R0"),
        "the prefix": (CHAIN, [("app x", 'app x { prefix "oth" }')], "R0", "R0"),
        "the name of a function": (CHAIN, [('function g "a.c"', 'function g "a.c" { name "gg" }')], "R0", "R0"),
        "the kind of a queue": (
            'queue Q\nfunction f "a.b" { timeout 20s }\nQ -> f\ntopic P',
            [("queue Q", "queue Q { fifo }")],
            "R0",
            "R0",
        ),
        "a timeout behind a queue": ('queue Q\nfunction f "a.b" { timeout 20s }\nQ -> f', [("20s", "40s")], "R6", "R6"),
    },
    "collisions": {
        "two of one name": (
            'function f "a.b"\nfunction g "a.c"',
            [('function g "a.c"', 'function g "a.c" { name "x-dev-f" }')],
            "R0",
            "R0",
        ),
        "a replaced one with a name of its own": ('table T { key id: string; name "items" }', [("id: string", "id: number")], "R0", "R0"),
        "a name taken over": (
            'queue A { name "q" }',
            [('queue A { name "q" }', 'queue B { name "q"; delay 5s; retention 9d }')],
            "R0 R1",
            "R0 R1",
        ),
        "an id of another type": ("queue A", [("queue A", "topic A")], "R0 R1", "R1 R4"),
        "an api of another protocol": ('function f "a.b"\napi A { GET /a -> f }', [("api A {", "api A { protocol rest;")], "R1", "R1"),
        "an arrow from another start": ('stream S\nfunction f "a.b"\nS -> f { start oldest }', [("oldest", "latest")], "R1", "R1"),
    },
    "grouping": {
        "a default of a kind": (
            "queue A\nqueue B\nqueue C { retention 2d }",
            [("queue A", "defaults queue { retention 1d }\nqueue A")],
            "R0",
            "R6",
        ),
        "the guard of an api": (CHAIN + API, [("api W {", "api W { authorizer iam\n")], "R4", "R3"),
        "a new api with public routes": (CHAIN, [("topic P\n", "topic P\n" + API)], "R3", "R4"),
        "a second consumer": (CHAIN, [("Q -> g", "Q -> g\nQ -> f")], "R4", "R4"),
        "keep for all": ("table A { key id: string }\nbucket B", [("table A", "defaults table { keep off }\ntable A")], "R0", "R6"),
        "a param that two things use": (
            "param days 7\nqueue A { cfn { MessageRetentionPeriod days } }\nqueue B { cfn { DelaySeconds days } }",
            [("days 7", "days 5")],
            "R0",
            "R6",
        ),
    },
    "what exists already": {
        "a table that leaves the app": (
            'table T { key id: string }\nfunction f "a.b" { reads T }',
            [("table T", 'extern table T "ttt"')],
            "R0",
            "R2",
        ),
        "another address": ('extern queue Q "one"\nfunction f "a.b"\nQ -> f', [('"one"', '"two"')], "R4", "R4"),
        "another address and another name": (
            'extern table T "one" { key id: string }\nfunction f "a.b" { reads T; name "f1" }',
            [('"one"', '"two"'), ('"f1"', '"f2"')],
            "R0 R2",
            "R0 R2",
        ),
    },
    "routes": {
        "any method of the same function": (TWO + "api A { GET /a -> f }", [("GET", "ANY")], "R3 R6", "R4 R6"),
        "any method of another function": (TWO + "api A { GET /a -> f }", [("GET /a -> f", "ANY /a -> g")], "R3 R4", "R4 R4"),
        "any method, and no guard": (
            TWO + "api A { GET /a -> f { authorizer iam } }",
            [("GET /a -> f { authorizer iam }", "ANY /a -> f")],
            "R3 R3",
            "R4 R4",
        ),
        "what the default answers": (TWO + "api A { GET /a -> f\nDEFAULT -> f\n}", [("GET /a -> f\n", "")], "R6", "R6"),
        "what another default answers": (TWO + "api A { GET /a -> f\nDEFAULT -> g\n}", [("GET /a -> f\n", "")], "R4", "R4"),
        "what all paths answer": (
            TWO + "api A { protocol rest\nGET /a/{id} -> f\nANY /{rest+} -> g\n}",
            [("GET /a/{id} -> f\n", "")],
            "R4",
            "R4",
        ),
        "what no other answers": (TWO + "api A { GET /a/{id}/b -> f\nGET /a/{id} -> g\n}", [("GET /a/{id}/b -> f\n", "")], "R4", "R3"),
    },
    "filters": {
        "one more value": ('topic T\nfunction f "a.b"\nT where kind in ["a", "b"] -> f', [('"b"]', '"b", "c"]')], "R6", "R4"),
        "one test more": ('topic T\nfunction f "a.b"\nT where kind == "a" -> f', [('"a" -> f', '"a" and n > 3 -> f')], "R4", "R6"),
        "another value": ('topic T\nfunction f "a.b"\nT where kind == "a" -> f', [('"a" -> f', '"b" -> f')], "R4", "R4"),
        "an alternative of a queue's": (
            'queue Q\nfunction f "a.b"\nQ where kind == "a" -> f',
            [('"a" -> f', '"a" or n < 3 -> f')],
            "R6",
            "R4",
        ),
        "what is excluded": ('topic T\nfunction f "a.b"\nT where not kind in ["a"] -> f', [('["a"]', '["a", "b"]')], "R4", "R4"),
        "another end of keys": ('bucket B\nfunction f "a.b"\nB.created "in/*" -> f', [('"in/*"', '"in/*.csv"')], "R4", "R6"),
    },
}


def texts(section: str, name: str) -> tuple[str, str]:
    """The app of a scenario, before and after."""
    app, edits, *_ = SCENARIOS[section][name]
    before = app if app.startswith("app ") else f"app x\n{app}"
    after = before
    for old, new in edits:
        assert old in after, old
        after = after.replace(old, new)
    return before, after


def every() -> Iterator[tuple[str, str]]:
    """The section and the name of each."""
    yield from ((section, name) for section, known in SCENARIOS.items() for name in known)
