"""What a sample's setting reaches on each target: both outputs are printed without and with it, and compared."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from ifc import checks
from ifc.diagnostics import ERROR, Report
from ifc.records import compared, record
from ifc.targets import cfn, spacer, terraform
from tests.agreed import ROOT
from tests.support import compiled
from tests.support_table.samples import Sample

CLOUDS = {"cfn": "CloudFormation", "terraform": "Terraform"}
TARGETS = {**CLOUDS, "spacer": "`spacer` and `ifc local`"}
VALUES = {"string": "z", "number": "7", "flag": "on", "list": "z"}  # of params that have none
TOLD = "absent"  # what a Spacer project tells that it does not do
# Where what the user names begins: what is in it is no property.
OPEN = {
    *("Environment.Variables", "PolicyDocument", "AssumeRolePolicyDocument", "Policies", "EventPattern", "FilterPolicy", "Schema"),
    *("environment.variables", "statement", "tags", "Tags", "default_tags"),
}
NAMES = {"cfn": re.compile(r"[A-Z][A-Za-z0-9]*"), "terraform": re.compile(r"[a-z][a-z0-9_]*"), "spacer": re.compile(r"[a-z][A-Za-z]*")}
# What comes, goes or changes with anything else, and says nothing of a setting: the snapshot of a REST API, and what names use.
BESIDE = ("AWS::ApiGateway::Deployment", "aws_api_gateway_deployment")
ACCOUNT = ("data.aws_caller_identity", "data.aws_partition", "data.aws_region")
PREFIX = ("Prefix", "variable.prefix")
ORDER = ("DependsOn", "depends_on")
# What checks warn of and note is about the app, and the same on every target; a reason is asked for by nothing else.
ADVICE = {code for name in checks.names() for code in checks.told(name).codes} - {"IFC504"}
ADDRESS = "address"  # for a path: the same thing is called otherwise


@compared
class Code:
    """A diagnostic by its code."""

    code: str
    severity: str


@record
class Printed:
    """What one target makes of an app: its parts by address, each with its type, and what is found on the way."""

    parts: Mapping[str, tuple[str, Any]] | None  # None after an error
    found: frozenset[tuple[Code, str]]


@compared
class Reached:
    """What a setting changes on one target: properties as (type, path), with the path empty for a part that comes or goes."""

    paths: tuple[tuple[str, str], ...]
    codes: tuple[Code, ...]  # new diagnostics
    answered: tuple[Code, ...]  # diagnostics that are gone

    @property
    def silent(self) -> bool:
        """Whether the target does nothing with the setting, and says nothing of it."""
        return not (self.paths or self.codes)


# --- printing ---


@cache
def printed(text: str, target: str) -> Printed:
    """What a target makes of a source text; `prod` is its stage, where there is one."""
    stage = "prod" if "stage prod" in text else "dev"
    with contextlib.chdir(ROOT):
        done = compiled(text, stage)
        missing = {p.name: VALUES[p.type] for p in done.app.parameters.values() if p.default is None and not p.secret}
        if target == "spacer" and missing:  # a project needs every value
            done = compiled(text, stage, **missing)
    report = Report(list(done.report.diagnostics))
    parts = None
    if done.plan is not None:
        if target == "cfn":
            parts = dict(template_parts(json.loads(cfn.render(done.plan, report, "json")["template.json"])))
        elif target == "spacer":
            parts = dict(description_parts(json.loads(spacer.render(done.plan, report)[spacer.DESCRIPTION])))
        else:
            files = terraform.render(done.plan, report)
            parts = dict(configuration_parts({name: json.loads(content) for name, content in files.items()}))
        if target in CLOUDS:
            parts.update((f"archive of {a.function}", ("the archive of its code", a.folder)) for a in done.plan.archives)
    found = frozenset((Code(d.code, d.severity), d.message) for d in report.diagnostics if d.severity == ERROR or d.code not in ADVICE)
    return Printed(None if any(code.severity == ERROR for code, _ in found) else parts, found)


def template_parts(template: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, Any]]]:
    """The parts of a template by address."""
    for id, resource in template.get("Resources", {}).items():
        content = {key: value for key, value in resource.items() if key not in ("Type", "Properties")}
        yield id, (resource["Type"], {**resource.get("Properties", {}), **content})
    yield from ((id, ("Parameters", content)) for id, content in template.get("Parameters", {}).items())
    yield from ((f"Outputs.{id}", ("Outputs", content)) for id, content in template.get("Outputs", {}).items())
    yield "Description", ("Description", template["Description"])


def description_parts(description: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, Any]]]:
    """The parts of a Spacer project's description by address; what it tells that it does not do is one for each sentence."""
    for sort, content in description.items():
        if sort == "wires":
            yield from ((f"{w['from']}.{w['port']} -> {w['to'] or w['address']}", (sort, w)) for w in content)
        elif sort == "apis":
            for name, api in content.items():
                yield f"apis.{name}", (sort, {k: v for k, v in api.items() if k != "routes"})
                yield from ((f"{name} {r['method']} {r['path']}", ("routes", r)) for r in api["routes"])
        elif sort == TOLD:
            yield from ((sentence, (TOLD, sentence)) for sentence in content)
        elif isinstance(content, dict) and sort != "verbs":
            yield from ((f"{sort}.{name}", (sort, part)) for name, part in content.items())
        elif sort != "verbs":
            yield sort, (sort, content)


def configuration_parts(files: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, tuple[str, Any]]]:
    """The parts of a configuration by address; which file they stand in means nothing to Terraform."""
    for file in files.values():
        for section in ("resource", "data"):
            for type, blocks in file.get(section, {}).items():
                type = f"data.{type}" if section == "data" else type
                yield from ((f"{type}.{label}", (type, content)) for label, content in blocks.items())
        for section in ("variable", "output"):
            yield from ((f"{section}.{name}", (section, content)) for name, content in file.get(section, {}).items())
        for section in ("terraform", "provider"):
            if section in file:
                yield section, (section, file[section])
        if "//" in file:
            yield "comment", ("comment", file["//"])
        for move in file.get("moved", ()):
            yield f"moved.{move['to']}", ("moved", move)
    # `locals` only give names to data sources, which are parts of their own.


# --- comparing ---


@cache
def reached(sample: Sample, target: str) -> Reached:
    """What a sample's setting changes on a target."""
    before, after = printed(sample.unwritten, target), printed(sample.written, target)
    paths: set[tuple[str, str]] = set()
    if before.parts is not None and after.parts is not None:
        paths = set(changes(before.parts, after.parts, target))
        paths = {one for one in paths if one[1] not in ORDER} or paths  # an order follows from what refers to what
    if told(sample, after):
        paths = {(TOLD, "")}
    return Reached(tuple(sorted(paths)), codes(after, before), codes(before, after))


def told(sample: Sample, printed: Printed) -> bool:
    """Whether a project tells that it does nothing with a setting, or with the one that it is a part of."""
    word = sample.setting.partition(" ")[0]
    return any(type == TOLD and sentence.startswith(f"`{word}` of") for type, sentence in (printed.parts or {}).values())


def codes(some: Printed, others: Printed) -> tuple[Code, ...]:
    """The codes of the diagnostics that only one of two outputs brings."""
    return tuple(sorted({code for code, _ in some.found - others.found}, key=lambda c: c.code))


def changes(before: Mapping[str, Any], after: Mapping[str, Any], target: str) -> Iterator[tuple[str, str]]:
    """The properties that differ, as (type, path)."""
    gone = {address: before[address] for address in before if address not in after or after[address][0] != before[address][0]}
    new = {address: after[address] for address in after if address not in before or after[address][0] != before[address][0]}
    pairs = [(old, moved(old, type, new)) for old, (type, _) in gone.items()]
    renamed = {old: now for old, now in pairs if now is not None}
    if renamed:
        before = {renamed.get(address, address): (type, readdressed(content, renamed)) for address, (type, content) in before.items()}
    for address in sorted({*before, *after}):
        type = (after.get(address) or before[address])[0]
        comes = address not in before or address not in after
        if type in BESIDE or (comes and (type in ACCOUNT or address in PREFIX)):
            continue
        if address in renamed.values():
            yield type, ADDRESS
        if comes:
            yield type, ""
        elif before[address][0] != type:
            yield before[address][0], ""
            yield type, ""
        else:
            yield from ((type, path) for path in differences(before[address][1], after[address][1], (), target))


def moved(old: str, type: str, new: dict[str, Any]) -> str | None:
    """The new address of a part that was at an old one: the first that is of its type, each once."""
    for address, (other, _) in new.items():
        if other == type:
            del new[address]
            return address
    return None


def readdressed(content: Any, renamed: Mapping[str, str]) -> Any:
    """A part's content with the new addresses of what it refers to: `{"Ref": "Jobs"}`, `${Jobs.Arn}`, `${aws_sqs_queue.jobs.arn}`."""
    known = "|".join(re.escape(old) for old in sorted(renamed, key=lambda a: (-len(a), a)))
    text = re.sub(rf'(?<=["{{])({known})(?=["}}.])', lambda m: renamed[m[1]], json.dumps(content))
    return json.loads(text)


def differences(before: Any, after: Any, above: tuple[str, ...], target: str) -> Iterator[str]:
    """The paths at which two values differ; a part that is there in one of them only is followed as long as it has one part itself."""
    if before == after:
        return
    path = ".".join(above)
    if is_open(above):
        yield path
    elif is_object(before) and is_object(after):
        for key in sorted({*before, *after}):
            # What the user names, such as a route, is no step of a path.
            step = (*above, key) if NAMES[target].fullmatch(key) else above
            yield from differences(before.get(key), after.get(key), step, target)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after) and all(map(is_object, before + after)):
        for one, other in zip(before, after, strict=True):
            yield from differences(one, other, above, target)
    elif before is None or after is None:
        yield only(after if before is None else before, above, target)
    else:
        yield path


def only(value: Any, above: tuple[str, ...], target: str) -> str:
    """The path of what is there in one value only."""
    if isinstance(value, list) and len(value) == 1:
        return only(value[0], above, target)
    if is_object(value) and len(value) == 1 and not is_open(above):
        ((key, inner),) = value.items()
        if NAMES[target].fullmatch(key):
            return only(inner, (*above, key), target)
    return ".".join(above)


def is_open(above: tuple[str, ...]) -> bool:
    """Whether a property holds what the user names."""
    return bool(above) and (above[-1] in OPEN or ".".join(above[-2:]) in OPEN)


def is_object(value: Any) -> bool:
    """Whether a value has properties; what CloudFormation works out at deployment is one value."""
    return isinstance(value, dict) and not any(key == "Ref" or key.startswith("Fn::") for key in value)
