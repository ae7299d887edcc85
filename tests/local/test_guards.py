"""Tokens as a `jwt` authorizer takes them: by their issuer's keys, audience and scopes, and what the function hears of their claims."""

from __future__ import annotations

import json
import time
from functools import cache
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from ifc.local import guards
from ifc.local.broker import Answer
from ifc.local.guards import Guards

ISSUER = "https://issuer.example"
UNAUTHORIZED, FORBIDDEN = (False, 401), (False, 403)
ALLOWED = (True, None)


@cache
def key() -> Any:
    """The issuer's key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the issuer publishes, by address."""
    public = {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key().public_key())), "kid": "k1", "use": "sig", "alg": "RS256"}
    documents: dict[str, Any] = {
        f"{ISSUER}/.well-known/openid-configuration": {"jwks_uri": f"{ISSUER}/keys"},
        f"{ISSUER}/keys": {"keys": [public]},
    }
    monkeypatch.setattr(guards, "_fetched", documents.__getitem__)
    return documents


async def nobody(function: str, payload: bytes, caller: str) -> Answer:
    """No function is asked."""
    raise AssertionError(function)


async def asked(scopes: list[str] | None = None, **claims: Any) -> dict[str, Any]:
    """What is said to a token with such claims."""
    whole = {"iss": ISSUER, "aud": "orders", "exp": time.time() + 60, **claims}
    content = json.dumps({name: value for name, value in whole.items() if value is not ...})
    token = jwt.api_jws.encode(content.encode(), key(), "RS256", headers={"kid": "k1"})
    guard = {
        "scheme": "jwt",
        "issuer": ISSUER,
        "audience": ["orders", "other"],
        "scopes": scopes or [],
        "sources": ["$request.header.Authorization"],
    }
    return await Guards(nobody).authorize({}, {"guard": guard, "headers": {"authorization": f"Bearer {token}"}})


def verdict(answer: dict[str, Any]) -> tuple[bool, int | None]:
    """Whether it passes, and the status where it doesn't."""
    return answer["allow"], answer.get("status")


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"scope": "x b:w"}, ALLOWED),
        ({"scp": ["x", "b:w"]}, ALLOWED),
        ({"scp": "x b:w"}, ALLOWED),
        ({"scope": ["b:w"]}, ALLOWED),
        ({"scope": "", "scp": "b:w"}, ALLOWED),
        ({"scope": "b:wx"}, FORBIDDEN),
        ({"scp": "b:wx"}, FORBIDDEN),
        ({}, FORBIDDEN),
        ({"scp": None}, FORBIDDEN),
        ({"scp": 5}, FORBIDDEN),
        ({"scp": [{"a": 1}, ["b:w"]]}, FORBIDDEN),
        ({"scope": 5}, FORBIDDEN),
    ],
)
async def test_scopes(claims: dict[str, Any], expected: tuple[bool, int | None]) -> None:
    """A token has one of the scopes, in `scope` or in `scp`, as text or as a list; what is neither has none."""
    assert verdict(await asked(["a:w", "b:w"], **claims)) == expected


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, ALLOWED),
        ({"aud": ["x", "other"]}, ALLOWED),
        ({"aud": ..., "client_id": "orders"}, ALLOWED),
        ({"aud": "x"}, UNAUTHORIZED),
        ({"aud": ...}, UNAUTHORIZED),
        ({"aud": [{"a": 1}]}, UNAUTHORIZED),
        ({"aud": 5}, UNAUTHORIZED),
        ({"exp": 1}, UNAUTHORIZED),
        ({"exp": ...}, UNAUTHORIZED),
        ({"exp": [1]}, UNAUTHORIZED),
        ({"iss": "https://other.example"}, UNAUTHORIZED),
        ({"iss": [ISSUER]}, UNAUTHORIZED),
    ],
)
async def test_who_it_is_for(claims: dict[str, Any], expected: tuple[bool, int | None]) -> None:
    """A token is of the issuer, for one of the audiences, and not over; whatever else stands in those claims is refused."""
    assert verdict(await asked(**claims)) == expected


async def test_claims() -> None:
    """The function hears every claim as text, lists as `[a b]`, as API Gateway writes them."""
    answer = await asked(
        n=1, f=1.5, b=True, l=["x", "y"], none=None, e=[], nested=[["a", 1], True], o={"a": ["b"]}, scope="s t", exp=4102444800
    )
    assert answer["context"]["jwt"] == {
        "claims": {
            "iss": ISSUER,
            "aud": "orders",
            "exp": "4102444800",
            "n": "1",
            "f": "1.5",
            "b": "true",
            "l": "[x y]",
            "none": "null",
            "e": "[]",
            "nested": "[[a 1] true]",
            "o": '{"a":["b"]}',
            "scope": "s t",
        },
        "scopes": ["s", "t"],
    }


@pytest.mark.parametrize("document", [{}, [], {"jwks_uri": 5}, {"jwks_uri": "https://elsewhere.example"}])
async def test_an_issuer_that_publishes_something_else(published: dict[str, Any], document: Any) -> None:
    """Without its keys no token of an issuer is taken."""
    published[f"{ISSUER}/.well-known/openid-configuration"] = document
    assert verdict(await asked()) == UNAUTHORIZED
