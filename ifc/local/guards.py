"""Who may call a route: the gateway asks here before a request reaches a function."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from urllib.request import urlopen

from ifc.local.broker import Answer
from ifc.local.events import compact

UNAUTHORIZED = {"allow": False, "status": 401, "message": "Unauthorized"}
FORBIDDEN = {"allow": False, "status": 403, "message": "Forbidden"}
KEYS_LAST = 3600.0  # seconds that an issuer's keys are kept
Call = Callable[[str, bytes, str], Awaitable[Answer]]


class Guards:
    """Answers whether a request may pass, and what the function hears of who sent it."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._answers: dict[tuple[Any, ...], tuple[float, dict[str, Any]]] = {}
        self._keys: dict[str, tuple[float, Any]] = {}

    async def authorize(self, description: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a request that the gateway describes."""
        guard = asked["guard"]
        if guard["scheme"] == "iam":
            return self._signed(description, asked)
        if guard["scheme"] == "jwt":
            return await self._token(guard, asked)
        return await self._function(description, guard, asked)

    # --- iam ---

    def _signed(self, description: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
        """Signed requests pass as whoever signed them; the signature itself is not reckoned again here."""
        header = str(asked["headers"].get("authorization", ""))
        key = (
            header.partition("Credential=")[2].partition("/")[0]
            or str(asked.get("query", {}).get("X-Amz-Credential", "")).partition("/")[0]
        )
        if not key:
            return {**FORBIDDEN, "message": "Missing Authentication Token"} if asked.get("protocol") == "rest" else FORBIDDEN
        account = description["account"]
        context = {
            "accessKey": key,
            "accountId": account,
            "callerId": key,
            "principalOrgId": None,
            "userArn": f"arn:aws:iam::{account}:root",
            "userId": key,
        }
        return {"allow": True, "context": {"iam": context}}

    # --- jwt ---

    async def _token(self, guard: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
        """Checks a token as API Gateway does (developer guide, Control access to HTTP APIs with JWT authorizers)."""
        import jwt

        found = next((value for source in guard["sources"] if (value := looked_at(source, asked))), None)
        if not found:
            return UNAUTHORIZED
        token = found[7:] if found[:7].lower() == "bearer " else found
        try:
            key = await self._key(guard["issuer"], token)
            claims = jwt.decode(
                token,
                key,
                algorithms=["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"],
                issuer=guard["issuer"],
                options={"verify_aud": False, "require": ["exp"]},
            )
        except (jwt.PyJWTError, OSError, ValueError, LookupError, TypeError) as problem:  # what an issuer publishes can be anything
            return {**UNAUTHORIZED, "why": str(problem)}
        named = claims.get("aud", claims.get("client_id"))
        if not set(guard["audience"]).intersection(_texts(named if isinstance(named, list) else [named])):
            return {**UNAUTHORIZED, "why": "the token is for another audience"}
        scopes = _scopes(claims.get("scope")) or _scopes(claims.get("scp"))
        if guard["scopes"] and not set(guard["scopes"]).intersection(scopes):
            return {**FORBIDDEN, "why": "the token has none of the scopes"}
        texts = {name: _claim(value) for name, value in claims.items()}
        return {"allow": True, "context": {"jwt": {"claims": texts, "scopes": scopes or None}}}

    async def _key(self, issuer: str, token: str) -> Any:
        """The issuer's key that signed a token; its keys are asked for as they are published (OpenID Connect Discovery)."""
        import jwt

        kid = jwt.get_unverified_header(token).get("kid")
        kept = self._keys.get(issuer)
        if kept is None or kept[0] < time.time() or kid not in {k.key_id for k in kept[1].keys}:
            document = await asyncio.to_thread(_fetched, issuer.rstrip("/") + "/.well-known/openid-configuration")
            keys = jwt.PyJWKSet.from_dict(await asyncio.to_thread(_fetched, document["jwks_uri"]))
            kept = self._keys[issuer] = (time.time() + KEYS_LAST, keys)
        for key in kept[1].keys:
            if kid is None or key.key_id == kid:
                return key.key
        raise ValueError("the issuer has no such key")

    # --- function ---

    async def _function(self, description: Mapping[str, Any], guard: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
        """Asks the function that authorizes (API Gateway developer guide, Lambda authorizers)."""
        identity = [looked_at(source, asked) for source in guard["sources"]]
        if any(not value for value in identity):
            return UNAUTHORIZED  # the function isn't even asked
        key = (guard["function"], asked["api"], asked["route"], *identity)
        kept = self._answers.get(key)
        if guard["cache"] and kept is not None and kept[0] > time.time():
            return kept[1]
        event = dict(asked["event"])
        rest = asked.get("protocol") == "rest"
        if rest:
            event |= {"type": "TOKEN" if guard["token"] else "REQUEST", "methodArn": asked["arn"]}
            if guard["token"]:
                event = {"type": "TOKEN", "methodArn": asked["arn"], "authorizationToken": identity[0]}
        else:
            event |= {"version": "2.0", "type": "REQUEST", "routeArn": asked["arn"], "identitySource": identity}
        answer = await self._call(guard["function"], compact(event).encode(), f"authorizer of {asked['api']}")
        found = answered(answer, rest, str(asked["arn"]))
        if guard["cache"] and "context" in found:
            self._answers[key] = (time.time() + guard["cache"], found)
        return found

    def forget(self) -> None:
        """Forgets what functions answered: their code may be another."""
        self._answers.clear()


def _scopes(claim: Any) -> list[str]:
    """The scopes of a claim, which issuers write as a text with blanks or as a list."""
    return claim.split() if isinstance(claim, str) else _texts(claim) if isinstance(claim, list) else []


def _texts(values: Iterable[Any]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def _claim(value: Any) -> str:
    """A claim as API Gateway hands it on: as text, a list as `[a b]`."""
    if isinstance(value, list):
        return f"[{' '.join(map(_claim, value))}]"
    return value if isinstance(value, str) else compact(value)


def looked_at(source: str, asked: Mapping[str, Any]) -> str | None:
    """What an expression such as `$request.header.Authorization` finds in a request."""
    for place, part in (("header.", "headers"), ("querystring.", "query")):
        _, found, name = source.partition(f"request.{place}")
        if found:
            values = asked.get(part) or {}
            wanted = name.lower() if part == "headers" else name
            value = next((v for k, v in values.items() if (k.lower() if part == "headers" else k) == wanted), None)
            return str(value) if value else None
    inside: Any = asked.get("event", {}).get("requestContext", {})
    for step in source.removeprefix("$").removeprefix("context.").split("."):
        inside = inside.get(step) if isinstance(inside, Mapping) else None
    return str(inside) if inside else None


def answered(answer: Answer, rest: bool, arn: str) -> dict[str, Any]:
    """What an authorizer's answer means: `isAuthorized`, or an IAM policy."""
    try:
        said = json.loads(answer.payload)
    except ValueError:
        said = None
    if answer.error is not None or not isinstance(said, dict):
        text = str(said.get("errorMessage")) if isinstance(said, dict) else ""
        if text == "Unauthorized":
            return UNAUTHORIZED  # how a function says that itself
        return {"allow": False, "status": 500, "message": None if rest else "Internal Server Error"}
    if "isAuthorized" in said and not rest:
        context = {"lambda": said.get("context") or {}}
        return {"allow": True, "context": context} if said["isAuthorized"] is True else {**FORBIDDEN, "context": context}
    context = dict(said.get("context") or {})
    if rest:
        context = {name: value if isinstance(value, str) else compact(value) for name, value in context.items()}
        context |= {"principalId": said.get("principalId", "user")}
    else:
        context = {"lambda": context}
    if allows(said.get("policyDocument") or {}, arn):
        return {"allow": True, "context": context}
    message = "User is not authorized to access this resource" if rest else "Forbidden"
    return {"allow": False, "status": 403, "message": message, "context": context}


def allows(policy: Mapping[str, Any], arn: str) -> bool:
    """Whether an authorizer's policy lets a route be called: a denial wins."""
    from ifc.local.permissions import Need, Policy

    given = policy.get("Statement") or []
    statements = [
        {"effect": s.get("Effect"), "actions": s.get("Action", []), "resources": s.get("Resource", [])}
        for s in (given if isinstance(given, list) else [given])
        if isinstance(s, Mapping)
    ]
    return Policy(statements).verdict(Need("execute-api:Invoke", arn)) == "allowed"


def _fetched(url: str) -> Any:
    with urlopen(url, timeout=5) as answer:  # an https address: the language takes no other issuer
        return json.loads(answer.read())
