"""Checks of routes: for how long somebody waits, and who may call how often."""

from __future__ import annotations

import pytest

from tests.support import compiled, findings

WEB = "api Web { GET / -> f }\n"
REST = "api Web { protocol rest; GET / -> f }\n"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (WEB + 'function f "a.b" { timeout 30s }', []),
        (WEB + 'function f "a.b" { timeout 31s }', ["IFC496"]),
        (REST + 'function f "a.b" { timeout 29s }', []),
        (REST + 'function f "a.b" { timeout 30s }', ["IFC496"]),
        (REST + 'api Two { GET / -> f }\nfunction f "a.b" { timeout 30s }', []),
        (WEB + "defaults function { timeout 1m }\n" + 'function f "a.b"', ["IFC496"]),
        (WEB + "defaults function { timeout 1m }\n" + 'function f "a.b" { timeout 10s }', []),
        (WEB + 'queue Q\nQ -> f\nfunction f "a.b" { timeout 1m }', []),
        (WEB + 'every 1h -> f\nfunction f "a.b" { timeout 1m }', []),
        (WEB + 'function f "a.b" { timeout 1m; calls f }  # ifc: allow IFC552 "once"', []),
        (WEB + 'function f "a.b" { timeout 1m; url }', []),
        (WEB + 'function f "a.b" { timeout 1m }\nnobody -> f', ["IFC201"]),
        (WEB + 'extern function f "f"', []),
        ('api Web { GET / -> f; cfn integration { TimeoutInMillis 5000 } }\nfunction f "a.b" { timeout 1m }', []),
        ('extern api Web "a1b2c3" { GET / -> f }\nfunction f "a.b" { timeout 1m }', ["IFC496"]),
    ],
)
def test_slow_routes(text: str, codes: list[str]) -> None:
    """A written timeout is compared with the longest that any api waits, where nobody but routes calls the function."""
    assert findings(text) == codes


def test_one_timeout_is_told_of_once() -> None:
    """A timeout in `defaults` is one mistake, however many functions have it."""
    routes = "\n".join(f"  GET /r{n} -> f{n}" for n in range(5))
    functions = "\n".join(f'function f{n} "a.b"' for n in range(5))
    done = compiled(f"defaults function {{ timeout 1m }}\napi Web {{\n{routes}\n}}\n{functions}")
    told = [d.message for d in done.report.ordered() if d.code == "IFC496"]
    assert told == ["a request gets an error after 30s, and `f0`, `f1`, `f2` and 2 more may work on it for 1m"]


@pytest.mark.parametrize(
    ("api", "codes"),
    [
        ("POST /a -> f { authorizer none }", ["IFC498"]),
        ("DELETE /a -> f { authorizer none }", ["IFC498"]),
        ("GET /a -> f { authorizer none }", []),
        ("POST /a -> f", []),
        ("POST /a -> f { authorizer none; throttle rate 1 burst 1 }", []),
        ("throttle rate 1 burst 1; POST /a -> f { authorizer none }", []),
    ],
)
def test_open_writes(api: str, codes: list[str]) -> None:
    """A route that writes, and is open without a limit, is told of in an api that is guarded otherwise."""
    assert findings(f'api Web {{ authorizer iam; {api} }}\nfunction f "a.b"') == codes
    assert findings(f'api Web {{ {api} }}\nfunction f "a.b"') == []


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("api Web { authorizer check; GET / -> f }", ["IFC499"]),
        ("api Web { GET / -> f { authorizer check } }", ["IFC499"]),
        ("authorizer A check\napi Web { authorizer A; GET / -> f }", ["IFC499"]),
        ("api Web { protocol rest; authorizer check; GET / -> f }", []),
        ("api Web { authorizer iam; GET / -> f }", []),
    ],
)
def test_slow_authorizers(text: str, codes: list[str]) -> None:
    """HTTP APIs wait ten seconds; of REST APIs no limit is documented."""
    assert findings(f'{text}\nfunction f "a.b"\nfunction check "a.c" {{ timeout 11s }}') == codes
    assert findings(f'{text}\nfunction f "a.b"\nfunction check "a.c" {{ timeout 10s }}') == []


@pytest.mark.parametrize(
    ("routes", "codes"),
    [
        ("ANY / -> f; ANY /{all+} -> f; DEFAULT -> f", ["IFC497"]),
        ("ANY /{all+} -> f; DEFAULT -> f", []),
        ("ANY / -> f; DEFAULT -> f", []),
        ("ANY / -> f; ANY /{one} -> f; DEFAULT -> f", []),
        ("ANY / -> f; ANY /a/{all+} -> f; DEFAULT -> f", []),
        ("GET / -> f; GET /{all+} -> f; DEFAULT -> f", []),
    ],
)
def test_shadowed_routes(routes: str, codes: list[str]) -> None:
    """`DEFAULT` is never reached only where every path and every method is taken."""
    assert findings(f'api Web {{ {routes} }}\nfunction f "a.b"') == codes
