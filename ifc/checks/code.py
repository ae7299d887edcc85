"""A function's code calls AWS without the verb that permits it, which only its first event would tell; or it has a verb that no call uses.

The code is read and never run: Python with boto3, JavaScript and TypeScript with the SDK's versions 2 and 3. A call is told where it
is certain that the handler reaches it. What can't be told (a role of its own, managed policies, a client with other credentials) is
left out, and `--no-code` leaves out everything.

Bad:
    table Orders { key id: string }
    function place "orders.place" { reads Orders }
Bad orders.py:
    import os
    import boto3

    def place(event, context):
        boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"]).put_item(Item=event)
Good:
    table Orders { key id: string }
    function place "orders.place" { puts Orders }
Good orders.py:
    import os
    import boto3

    def place(event, context):
        boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"]).put_item(Item=event)
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from ifc.diagnostics import Label, Report
from ifc.kinds.function import Function, overlapped
from ifc.model.app import App, Grant, Resource, Wire
from ifc.model.scope import shouty
from ifc.model.types import DEFAULTS
from ifc.records import record
from ifc.source import Source, Span
from ifc.values import Ref, Value

if TYPE_CHECKING:
    from ifc.code.calls import Call, Place, Reading
    from ifc.code.javascript import Scripts
    from ifc.code.sources import Package
    from ifc.handlers import Handler

CODES = ("IFC570", "IFC571", "IFC572")
SHOWN = 4  # calls that a warning points at
# What an arrow permits the function that it leads to, by the kind that it leaves: Lambda polls with the function's role.
POLLED: Mapping[str, tuple[str, ...]] = {
    "queue": ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
    "stream": (
        *("kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords"),
        *("kinesis:GetShardIterator", "kinesis:ListShards", "kinesis:ListStreams"),
    ),
    "table": ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"),
}
UNSEEN = "execute-api:invoke"  # asked for by HTTP, which is no call of an SDK


def check(app: App, report: Report) -> None:
    """Compares the calls in handlers' code with what their functions may do."""
    functions = [f for f in app.of_kind("function") if isinstance(f, Function) and f.source is not None and f.role is None]
    if not functions or report.failed:  # a verb with a mistake in it isn't in the app
        return
    reader, names = Reader(), Names(app)
    policies = any(map(is_policy, app.of_kind("resource")))  # which may permit anything to anyone
    for function in functions:
        reading = reader.read(function, bool(list(app.grants_of(function.name))))
        if reading is not None:
            comparing = Comparing(app, names, function, reading)
            if not policies:
                comparing.report_missing(report)
            comparing.report_unused(report)


def is_policy(resource: Resource) -> bool:
    """Whether a raw resource is of IAM."""
    types = [str(getattr(resource, "type", "")), *(overlay.type for overlay in resource.declared.overlays)]
    return any("::iam::" in type.lower() or type.startswith("aws_iam_") for type in types)


class Reader:
    """Reads handlers' code, each file once."""

    def __init__(self) -> None:
        self.packages: dict[str, tuple[Package, dict[str, Any]]] = {}
        self.scripts: dict[str, Scripts] = {}

    def read(self, function: Function, has_verbs: bool) -> Reading | None:
        """What a function's handler does; None where that can't be told, or where it has neither a verb nor an SDK."""
        source = function.source
        if source is None or source.exports is None:
            return None
        if source.language == "Python":
            return self.python(source, function.code_folder, has_verbs)
        return self.script(source, function.code_folder, has_verbs) if source.language == "JavaScript" else None

    def python(self, source: Handler, folder: str, has_verbs: bool) -> Reading | None:
        """What a function of a Python module does."""
        from ifc.code.sources import Package  # only functions with code need it, as all that follows

        if source.exports is None:
            return None
        package, modules = self.packages.setdefault(folder, (Package(folder), {}))
        if not has_verbs and not package.mentions_sdk(source.name, source.exports.content):
            return None
        from ifc.code.python import reading

        content, tree = source.exports.content, source.exports.tree
        file = package.give(source.path, source.name, content, tree) if tree is not None else package.module(source.name)
        return reading(file, source.function, package, modules) if file is not None else None

    def script(self, source: Handler, folder: str, has_verbs: bool) -> Reading | None:
        """What a function that a script exports does."""
        exports = source.exports
        if exports is None or not exports.code or not (has_verbs or "aws-sdk" in exports.text or "./" in exports.text):
            return None
        from ifc.code.javascript import Scripts, reading

        scripts = self.scripts.setdefault(folder, Scripts(folder))
        script = scripts.give(source.path, exports.text, exports.code)
        if script is None or not (has_verbs or scripts.mention_sdk(script)):
            return None
        return reading(script, source.function, scripts)


@record
class Missing:
    """A call and what it needs, which the function lacks; `resource` None where the code doesn't tell which is meant."""

    call: Call
    actions: tuple[str, ...]  # one of these
    resource: Resource | None
    part: str

    @property
    def dotted(self) -> str:
        """The resource's name with its part, "" where it isn't known."""
        return f"{self.resource.name}.{self.part}".rstrip(".") if self.resource is not None else ""


class Names:
    """What code may call the resources of an app, gathered once; a name of two stands for none."""

    def __init__(self, app: App) -> None:
        self.app = app

    @cached_property
    def of_variables(self) -> dict[str, str]:
        """The resources for which verbs set variables, by those."""
        return single((overlapped(shouty(r.name), r.address[0]), r.name) for r in self.app.resources.values() if r.address[1])

    @cached_property
    def at_aws(self) -> dict[str, str]:
        """The resources whose names at AWS the source says, by those."""
        return single((name, r.name) for r in self.app.resources.values() for name in names_of(r))


def single(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A mapping of what has one meaning."""
    found: dict[str, set[str]] = {}
    for key, value in pairs:
        found.setdefault(key, set()).add(value)
    return {key: value for key, (value, *more) in found.items() if not more}


class Comparing:
    """One function's code against its verbs."""

    def __init__(self, app: App, names: Names, function: Function, reading: Reading) -> None:
        self.app, self.names, self.function, self.reading = app, names, function, reading
        self.grants = list(app.grants_of(function.name))
        self.allows = list(app.allows_of(function.name))

    # --- calls without a verb ---

    def report_missing(self, report: Report) -> None:
        """Warns of calls that nothing permits, once for each resource."""
        if any(allow.managed for allow in self.allows) or any(o.part == "role" for o in self.function.declared.overlays):
            return
        groups: dict[tuple[str, str, bool], list[Missing]] = {}
        for missing in self.missing():
            service = missing.actions[0].partition(":")[0]
            groups.setdefault((service, missing.dotted, bool(self.candidates(missing))), []).append(missing)
        for group in groups.values():
            self.report_group(group, report)

    def missing(self) -> Iterator[Missing]:
        """The calls that nothing permits."""
        from ifc.code.sdk import actions, alternatives

        for call in self.reading.calls:
            one_of = alternatives(call.service, call.operation)
            for needed in [one_of] if one_of else [(action,) for action in actions(call.service, call.operation)]:
                meant = self.meant(call.place, needed)
                if not any(self.permits(action, name, part) for action in needed for name, part in meant) and is_known(needed[0]):
                    yield Missing(call, needed, self.app.resources.get(meant[0][0]), meant[0][1])

    def meant(self, place: Place | None, needed: tuple[str, ...]) -> list[tuple[str, str]]:
        """The resources that may be meant, by name and part; an empty name stands for any."""
        from ifc.code.calls import Either

        found = []
        for one in place.places if isinstance(place, Either) else (place,):
            name, part = self.resource_at(one)
            resource = self.app.resources.get(name)
            fits = resource is not None and (carrying(resource, needed) or resource.arn_shape[0] == needed[0].partition(":")[0])
            found.append((name, part) if fits else ("", ""))
        return found

    def resource_at(self, place: Place | None) -> tuple[str, str]:
        """The resource that a variable or a text names."""
        from ifc.code.calls import Literal, Variable

        if isinstance(place, Variable):
            if place.name not in self.function.environment:
                return self.names.of_variables.get(place.name, ""), ""  # nothing sets it, but a verb would
            value = self.function.environment[place.name]
            if isinstance(value, Ref):
                return value.resource, value.attribute.rpartition(".")[0]
            place = Literal(value) if isinstance(value, str) else None
        if not isinstance(place, Literal):
            return "", ""
        return self.names.at_aws.get(place.text, ""), ""

    def permits(self, action: str, name: str, part: str) -> bool:
        """Whether anything lets the function take an action on a resource, or on any where it isn't known which."""
        lowered = action.lower()
        if any(fnmatchcase(lowered, pattern.lower()) for allow in self.allows for pattern in allow.actions):
            return True
        if any(lowered in self.granted(g) for g in self.grants if not name or (g.resource, g.part) == (name, part)):
            return True
        if any(self.polls(wire, action, name) for wire in self.app.wires_to(self.function.name)):
            return True
        if any(self.delivers(wire, lowered, name) for wire in self.app.wires_from(self.function.name)):
            return True
        return lowered.startswith("codedeploy:") and bool(self.app.functions_tried_by(self.function.name))

    def polls(self, wire: Wire, action: str, name: str) -> bool:
        """Whether an arrow lets the function's role poll."""
        source = self.app.resources.get(wire.source.resource)
        return source is not None and (not name or source.name == name) and action in POLLED.get(source.kind, ())

    def delivers(self, wire: Wire, action: str, name: str) -> bool:
        """Whether an arrow from the function lets its role deliver."""
        target = self.app.resources.get(wire.target.resource)
        return target is not None and (not name or target.name == name) and (target.delivery or "").lower() == action

    def granted(self, grant: Grant) -> set[str]:
        """The actions of a verb, in small letters."""
        return {action.lower() for access in self.app.resources[grant.resource].access(grant) for action in access.actions}

    def candidates(self, missing: Missing) -> list[Resource]:
        """The resources that have a verb for what is missing: the one that is meant, or all."""
        among: Iterable[Resource] = self.app.resources.values() if missing.resource is None else (missing.resource,)
        return [r for r in among if carrying(r, missing.actions)]

    def report_group(self, group: list[Missing], report: Report) -> None:
        """Warns of what is missing on one resource, at the function and at the calls."""
        first, candidates = group[0], self.candidates(group[0])
        actions = list(dict.fromkeys(missing.actions[0] for missing in group))
        labels: dict[tuple[str, int, int], Label] = {}
        for missing in sorted(group, key=lambda m: actions.index(m.actions[0])):
            label = self.label(missing)
            labels.setdefault(label.span.sort_key(), label)
        listed = [f"`{action}`" for action in actions]
        asked = listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"
        report.warning(
            "IFC570" if candidates else "IFC571",
            f"the code of `{self.function.name}` needs {asked}{f' on `{first.dotted}`' if first.dotted else ''}, and nothing permits it",
            self.function.declared.span,
            "no verb for it" if candidates else "no `allow` for it",
            self.way(group, candidates),
            list(labels.values())[:SHOWN],
        )

    def way(self, group: list[Missing], candidates: list[Resource]) -> str:
        """What to write."""
        name, first = self.function.name, group[0]
        if not candidates:
            listed = ", ".join(f'"{action}"' for action in dict.fromkeys(missing.actions[0] for missing in group))
            on = f"{first.dotted}.arn" if first.dotted else '"arn:…"'
            if all(takes_no_resource(missing.actions[0]) for missing in group):
                on = '"*" because "it takes no resource"'
            return f"write `allow {listed} on {on}` in `{name}`"
        verbs = ", ".join(narrowest(candidates[0], [missing.actions for missing in group]))
        if len(candidates) == 1:
            return f"write `{verbs} {first.dotted or candidates[0].name}` in `{name}`"
        kinds = " or ".join(sorted({resource.kind for resource in candidates}))
        return f"write `{verbs}` and the {kinds}'s name in `{name}`"

    def label(self, missing: Missing) -> Label:
        """The place of a call in the handler's file."""
        call = missing.call
        source = Source(os.path.normpath(call.path).replace(os.sep, "/"), self.reading.texts[call.path])
        before = call.column - 1
        if call.path.endswith(".py"):  # Python counts bytes
            before = len(source.line(call.line).encode()[:before].decode("utf-8", "ignore"))
        start = source.line_starts()[call.line - 1] + before
        return Label(Span(source, start, start + call.length), f"needs `{missing.actions[0]}`")

    # --- verbs without a call ---

    def report_unused(self, report: Report) -> None:
        """Notes verbs that no call in the code uses."""
        if self.reading.open:
            return
        from ifc.code.sdk import is_said

        for grant in self.grants:
            actions = sorted(self.granted(grant))
            if grant.layer == DEFAULTS or UNSEEN in actions:
                continue
            if not any(is_said(action, self.reading.words) for action in actions) or self.is_of_others(grant, actions):
                report.note(
                    "IFC572",
                    f"`{self.function.name}` has `{grant.verb} {f'{grant.resource}.{grant.part}'.rstrip('.')}`, and no call in its code uses it",
                    grant.span,
                    "not used",
                    "take it out, unless it is used in a way that the code doesn't show",
                )

    def is_of_others(self, grant: Grant, actions: list[str]) -> bool:
        """Whether all calls that a verb could be for are known to be about other resources, and the code never says its variable."""
        from ifc.code import sdk
        from ifc.code.calls import Variable

        calls = [c for c in self.reading.calls if any(a.lower() in actions for a in sdk.actions(c.service, c.operation))]
        variables = {n for n, v in self.function.environment.items() if isinstance(v, Ref) and v.resource == grant.resource}
        known = all(isinstance(call.place, Variable) and call.place.name not in variables for call in calls)
        return bool(calls) and known and not variables & self.reading.words


def carrying(resource: Resource, actions: tuple[str, ...]) -> list[str]:
    """The verbs of a resource that carry one of some actions: what carries most of them first, and of those the narrowest."""
    wanted = {action.lower() for action in actions}
    found = []
    for verb, accesses in resource.verbs.items():
        carried = {action.lower() for access in accesses for action in access.actions}
        if carried & wanted:
            found.append((-len(carried & wanted), len(carried), verb))
    return [verb for _, _, verb in sorted(found)]


def narrowest(resource: Resource, needed: list[tuple[str, ...]]) -> list[str]:
    """The verbs that carry all that is needed: one if there is one, else the narrowest for each."""
    each = [carrying(resource, actions) for actions in needed]
    common = [verb for verb in each[0] if all(verb in others for others in each)]
    return common[:1] or list(dict.fromkeys(verbs[0] for verbs in each if verbs))


def names_of(resource: Resource) -> list[str]:
    """What a resource is called at AWS, as far as the source says."""
    extern = resource.extern
    names: list[Value] = [resource.physical, *((extern.name, extern.arn) if extern is not None else ())]
    return [name for name in names if isinstance(name, str) and name]


def is_known(action: str) -> bool:
    """Whether IAM has an action: what was read wrongly, or is called otherwise there, is not told."""
    service, _, name = action.lower().partition(":")
    return name in iam_actions()["services"].get(service, frozenset())


def takes_no_resource(action: str) -> bool:
    """Whether an action is permitted for all resources or for none."""
    service, _, name = action.lower().partition(":")
    return name in iam_actions()["unlimited"].get(service, frozenset())


@cache
def iam_actions() -> dict[str, dict[str, frozenset[str]]]:
    """The actions of the services that are used most, in small letters, and those among them that take no resource."""
    import json  # only a call that nothing permits needs them

    path = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "actions.json")
    with open(path, encoding="utf-8") as stream:
        content = json.load(stream)
    parts = ("services", "unlimited")
    return {part: {service: frozenset(names.split()) for service, names in content[part].items()} for part in parts}
