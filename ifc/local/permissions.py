"""What a function may do: the statements of its role, evaluated as IAM does it, and what to write when they do not suffice.

Conditions and policy variables are not evaluated: a statement that has some allows what it would allow at best, and never denies.
Policies of resources and of keys are not looked at either, as functions and resources stand in one account here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ifc.records import record

ARN_PARTS = 6  # arn:partition:service:region:account:resource (IAM user guide, IAM ARNs)
REMEMBERED = 4096  # verdicts
# The sections of the description, and the kind that each holds.
KINDS = {
    "functions": "function",
    "queues": "queue",
    "topics": "topic",
    "buses": "bus",
    "streams": "stream",
    "tables": "table",
    "buckets": "bucket",
    "secrets": "secret",
    "configs": "config",
    "apis": "api",
}
# A policy's own wildcards written as text, and its variables (IAM user guide, IAM policy elements: Variables and tags).
SPECIAL = re.compile(r"\$\{[*?$]\}|\$\{[^}]*\}|[*?]")


@record
class Need:
    """An action that a request needs, and the ARN it needs it on: "*" for an action without resources, None where it isn't known."""

    action: str
    resource: str | None


@record
class Refusal:
    """A need that a role does not cover, and what to write in the .ifc file."""

    need: Need
    denied: bool  # by a statement, rather than for want of one
    advice: str

    def message(self, caller: str, file: str) -> str:
        """What AWS says to its caller, and what to do about it here (IAM user guide, Troubleshoot access denied error messages)."""
        action = self.need.action
        on = f" on resource: {self.need.resource}" if self.need.resource else ""
        why = (
            "with an explicit deny in an identity-based policy"
            if self.denied
            else f"because no identity-based policy allows the {action} action"
        )
        return f"User: {caller} is not authorized to perform: {action}{on} {why}; in {file}: {self.advice}"


class Policy:
    """The statements of one role; without any known (a role from outside, managed policies) it allows everything."""

    def __init__(self, statements: Sequence[Mapping[str, Any]] | None) -> None:
        self.known = statements is not None
        self._statements = [_Statement(s) for s in statements or ()]
        self._verdicts: dict[tuple[str, str | None], str] = {}

    def verdict(self, need: Need) -> str:
        """ "allowed", "denied" by a statement, or "missing": nothing allows it."""
        if not self.known:
            return "allowed"
        key = (need.action, need.resource)
        found = self._verdicts.get(key)
        if found is None:
            if len(self._verdicts) >= REMEMBERED:
                self._verdicts.clear()
            found = self._verdicts[key] = self._evaluate(need)
        return found

    def _evaluate(self, need: Need) -> str:
        matching = [s for s in self._statements if s.matches(need)]
        if any(s.denies for s in matching):
            return "denied"
        return "allowed" if any(s.allows for s in matching) else "missing"


class _Statement:
    """One statement, its wildcards compiled."""

    def __init__(self, statement: Mapping[str, Any]) -> None:
        self.allows = statement["effect"] == "Allow"
        self.denies = statement["effect"] == "Deny" and not statement.get("conditions")
        self._actions = [_compiled(a.lower()) for a in _listed(statement["actions"])]
        self._resources = [_arn(r) for r in _listed(statement["resources"])]

    def matches(self, need: Need) -> bool:
        """Whether it speaks of an action and a resource; of an unknown resource speaks what allows any, and what denies all."""
        action = need.action.lower()
        if not any(a.fullmatch(action) for a in self._actions):
            return False
        if need.resource is None:
            return not self.denies or any(len(r) == 1 for r in self._resources)
        return any(_fits(r, need.resource) for r in self._resources)


def _listed(value: Any) -> Sequence[str]:
    return [value] if isinstance(value, str) else value


def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern with `*` and `?`; a policy variable stands for any text, since nothing here knows its value."""
    written, at = "", 0
    for found in SPECIAL.finditer(pattern):
        written += re.escape(pattern[at : found.start()])
        token, at = found[0], found.end()
        if token == "?":
            written += "."
        elif len(token) == len("${*}") and token[2] in "*?$":
            written += re.escape(token[2])
        else:
            written += ".*"
    return re.compile(written + re.escape(pattern[at:]), re.DOTALL)


def _arn(pattern: str) -> list[re.Pattern[str]]:
    """The parts of an ARN's pattern, those that are missing filled up; one part alone for "*"."""
    if pattern == "*":
        return [_compiled("*")]
    parts = pattern.split(":", ARN_PARTS - 1)
    return [_compiled(part) for part in parts + ["*"] * (ARN_PARTS - len(parts))]


def _fits(pattern: Sequence[re.Pattern[str]], resource: str) -> bool:
    if len(pattern) == 1:
        return True
    parts = resource.split(":", ARN_PARTS - 1)
    return len(parts) == ARN_PARTS and all(p.fullmatch(part) for p, part in zip(pattern, parts, strict=True))


class Permissions:
    """The policies of all functions, and the advice for what they lack."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        self._description = description
        self._policies = {name: Policy(f.get("permissions")) for name, f in description.get("functions", {}).items()}

    def known(self, function: str) -> bool:
        """Whether anything is refused to a function: its role's statements are known."""
        return self._policies[function].known

    def refusal(self, function: str, need: Need) -> Refusal | None:
        """Why a function may not do something, None if it may."""
        verdict = self._policies[function].verdict(need)
        if verdict == "allowed":
            return None
        denied = verdict == "denied"
        return Refusal(need, denied, f"a statement denies it to function `{function}`" if denied else self._advice(function, need))

    def named(self, resource: str) -> tuple[str, str]:
        """The declared name of what an ARN means, and what of it; the ARN alone where nothing declared is meant."""
        found = self._declared(resource)
        return (found[1], found[3].lstrip("/:")) if found is not None else (resource, "")

    # --- what to write ---

    def _advice(self, function: str, need: Need) -> str:
        found = self._declared(need.resource) if need.resource else None
        if found is None:
            return f"add `{_allow(need.action, self._portable(need.resource))}` to function `{function}`"
        kind, name, entry, rest = found
        index = rest.removeprefix("/index/")
        if kind == "table" and index != rest and all(i["name"] != index for i in entry.get("indexes", ())):
            return f"declare an index `{index}` in table `{name}`"
        verb = self._verb(kind, need.action)
        if verb:
            return f"add `{verb} {name}` to function `{function}`"
        inner = {"table": "/index/*", "bucket": "/*"}.get(kind, rest) if rest else ""
        on = f'"${{{name}.arn}}{inner}"' if inner else f"{name}.arn"
        return f"add `{_allow(need.action, on)}` to function `{function}`"

    def _verb(self, kind: str, action: str) -> str | None:
        """The verb of a kind that allows an action and the least beside it."""
        verbs: Mapping[str, Sequence[str]] = self._description.get("verbs", {}).get(kind, {})
        able = [(len(actions), verb) for verb, actions in verbs.items() if action.lower() in [a.lower() for a in actions]]
        return min(able, key=lambda pair: pair[0])[1] if able else None

    def _declared(self, resource: str) -> tuple[str, str, Mapping[str, Any], str] | None:
        """What is declared at an ARN or above it: kind, name, entry, and the rest of the ARN."""
        best: tuple[str, str, Mapping[str, Any], str] | None = None
        for kind, name, entry in self._entries():
            arn = entry.get("arn") or ""
            if arn and resource.startswith(arn) and (best is None or len(resource) - len(arn) < len(best[3])):
                rest = resource[len(arn) :]
                if not rest or rest[0] in ("/:-" if kind == "secret" else "/:"):
                    best = (kind, name, entry, rest)
        return best

    def _entries(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        for section, kind in KINDS.items():
            for name, entry in self._description.get(section, {}).items():
                yield kind, name, entry

    def _portable(self, resource: str | None) -> str:
        """An ARN as it is written in a .ifc file, with the account and the region left open."""
        if resource is None or resource == "*":
            return '"*" because "…"'
        account, region = self._description.get("account", ""), self._description.get("region", "")
        parts = resource.split(":", ARN_PARTS - 1)
        if len(parts) == ARN_PARTS:
            parts[3] = "${aws.region}" if parts[3] == region and region else parts[3]
            parts[4] = "${aws.account}" if parts[4] == account and account else parts[4]
        return '"' + ":".join(parts) + '"'


def _allow(action: str, on: str) -> str:
    return f'allow "{action}" on {on}'
