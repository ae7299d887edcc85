"""The functions of the description: their code, their environment, and what they may do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ifc.aws import awslambda, iam
from ifc.model.app import Resource
from ifc.plan import Statement
from ifc.targets.lua import unusable
from ifc.targets.spacer.channels import url as queue_url
from ifc.targets.spacer.scene import Scene
from ifc.targets.spacer.values import GATEWAY

LANGUAGES = {"python": "python", "nodejs": "node", "lua": "lua"}
# What a role needs for the logs and traces of the cloud; here nobody asks for it.
OF_THE_CLOUD = (("logs:CreateLogStream", "logs:PutLogEvents"), ("xray:PutTelemetryRecords", "xray:PutTraceSegments"))


def functions(scene: Scene, code: Mapping[str, str]) -> dict[str, Any]:
    """The functions by name; `code` has where each finds its code. Those that exist elsewhere have none, and each call of them fails."""
    found: dict[str, Any] = {f.name: elsewhere(scene, f) for f in scene.app.of_kind("function") if f.extern}
    addresses = composed(scene) | unqualified(scene)
    for placed in scene.plan.placed:
        function = placed.resource
        if not isinstance(function, awslambda.Function):
            continue
        given: Any = scene.app.resources[placed.owner]
        language = language_of(function.runtime or "")
        if language is None:
            what = f"runs on {function.runtime}, and nothing here does" if function.runtime else "is a container image, and none runs here"
            scene.report.warning(
                "IFC633",
                f"`{placed.owner}` {what}: its calls fail",
                given.declared.span,
                "not run here",
                "this target runs Python, JavaScript and Lua",
            )
        if language == "lua":
            unusable(scene.app, given, scene.report)
        found[placed.owner] = {
            "name": scene.here.name(function),
            "arn": scene.here.attribute(function.id, "arn"),
            "role": scene.here(function.role),
            "language": language,
            "runtime": function.runtime,
            "handler": function.handler,
            "code": code.get(placed.owner),
            "timeout": function.timeout,
            "memory": scene.here(function.memory),
            "reserved": scene.here(function.reserved),
            "environment": {k: addressed(scene.here.text(v) or "", addresses) for k, v in sorted(function.environment.items())},
            "permissions": permissions(scene, placed.owner),
            "asynchronous": asynchronous(scene, given),
            "url": url(scene, given),
        }
    return dict(sorted(found.items()))


def elsewhere(scene: Scene, function: Resource) -> dict[str, Any]:
    """A function that exists elsewhere, as far as those who call it see it."""
    unknown = ("role", "language", "runtime", "handler", "code", "reserved", "url")
    return {
        **scene.named(function),
        **dict.fromkeys(unknown),
        "timeout": 3,
        "memory": 128,
        "environment": {},
        "permissions": [],
        "asynchronous": {"retries": 2, "maxAge": 21_600},
    }


def language_of(runtime: str) -> str | None:
    """The language of a runtime, None for one that nothing here runs."""
    return LANGUAGES.get(re.match(r"[a-z]*", runtime)[0])  # type: ignore[index]  # it matches always


def composed(scene: Scene) -> dict[str, str]:
    """Addresses that the plan composes of texts, each with what it is on this machine."""
    found: dict[str, str] = {}
    for api in scene.app.of_kind("api"):
        if getattr(api, "protocol", "") == "rest" and not api.extern:
            found[scene.attribute(api, "url")] = GATEWAY + scene.here.base(api.name)
    for queue in scene.app.of_kind("queue"):
        if queue.extern:
            found[scene.attribute(queue, "url")] = queue_url(scene, scene.attribute(queue, "name"))
    return found


def addressed(text: str, addresses: Mapping[str, str]) -> str:
    """A text with those addresses as they are on this machine."""
    for there, here in sorted(addresses.items(), reverse=True):
        text = text.replace(there, here)
    return text


def unqualified(scene: Scene) -> dict[str, str]:
    """What calls functions by their aliases, and by what they are called here, where no versions are."""
    names = (scene.here.name(p.resource) for p in scene.plan.placed if isinstance(p.resource, awslambda.Function) and p.resource.versions)
    return {f"{name}:{awslambda.ALIAS}": name for name in names}


def permissions(scene: Scene, function: str) -> list[dict[str, Any]] | None:
    """The statements of a function's role; None where they are not all known: a role from outside, managed policies."""
    role = next(
        (
            p.resource
            for p in scene.plan.placed
            if p.owner == function and p.part == "role" and not p.wired and isinstance(p.resource, iam.Role)
        ),
        None,
    )
    if role is None or role.managed:
        return None
    aliases = unqualified(scene)
    return [_statement(scene, s, aliases) for s in role.statements if s.actions not in OF_THE_CLOUD or len(s.resources) > 1]


def _statement(scene: Scene, statement: Statement, aliases: Mapping[str, str]) -> dict[str, Any]:
    resources = [addressed(one, aliases) for one in scene.here(statement.resources)]
    found = {"effect": statement.effect, "actions": list(statement.actions), "resources": resources}
    return {**found, "conditions": True} if statement.condition else found


def asynchronous(scene: Scene, function: Any) -> dict[str, Any]:
    """What happens to calls that nobody waits for (Lambda developer guide, Asynchronous invocation: twice more within six hours)."""
    retries = function.retries
    found: dict[str, Any] = {
        "retries": 2 if retries is None else retries.count,
        "maxAge": 21_600 if retries is None or retries.max_age is None else retries.max_age,
    }
    for wire in scene.app.wires_from(function.name):
        if wire.source.port in ("failed", "succeeded"):
            found[wire.source.port] = wire.target.resource
    return found


def url(scene: Scene, function: Any) -> dict[str, Any] | None:
    """The function's URL."""
    given = function.url
    if not given:
        return None
    cors = given.cors
    return {
        "auth": given.auth,
        "streaming": given.streaming,
        "cors": {
            "origins": scene.value(cors.origins),
            "methods": list(cors.methods),
            "headers": scene.value(cors.headers),
            "expose": scene.value(cors.expose),
            "credentials": cors.credentials,
            "maxAge": cors.max_age,
        }
        if cors
        else None,
    }
