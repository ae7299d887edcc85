"""ARNs that are written out, and the things they are of: roles name some things so, to close no circle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ifc import values
from ifc.plan import Plan
from ifc.review.changes import settled
from ifc.review.deployed import form
from ifc.review.deployed.form import Key, Lookup, Of, Param, Piece, Text, Value, parts, text
from ifc.review.deployed.output import Output
from ifc.review.deployed.reading import plain
from ifc.review.glance import glance

# The part of an ARN before the name (Service Authorization Reference, the pages of the services); in S3's there is no place.
ARNS = {
    "function": ("lambda", "function:"),
    "queue": ("sqs", ""),
    "topic": ("sns", ""),
    "bus": ("events", "event-bus/"),
    "stream": ("kinesis", "stream/"),
    "table": ("dynamodb", "table/"),
    "bucket": ("s3", ""),
    "config": ("ssm", "parameter"),
    "log group": ("logs", "log-group:"),
}
APIS = ("http api", "rest api")  # an id is all that an ARN has of them
ENDS = ("", "/", ":")  # what may follow an ARN where it is only the beginning of a text
EXTERN = "extern"  # the kind of what exists already
TEXTS = (str, Of, Param, form.Known, Lookup, Piece, Text)


class Places:
    """Finds the thing that a text is the ARN of, in one output."""

    def __init__(self, output: Output, renames: Mapping[Key, Key] | None = None, externs: Mapping[str, Address] | None = None) -> None:
        self.defaults, self.renames = output.defaults(), renames or {}
        self.known: dict[tuple[Value, ...], Key] = {}
        self.names: dict[tuple[Value, ...], Key] = {}  # of what has a physical name, by it
        self._asked: dict[Value, tuple[Key, str] | None] = {}
        for key in output.ids:
            name = glance(output, key, "name") if key[0] in ARNS else None
            if name is not None:
                self._add(key, name, arn(key[0], name))
        for identity, extern in (externs or {}).items():
            for one in extern.arns:
                self._add((EXTERN, identity), None, one)
            for one in extern.names:
                self._add((EXTERN, identity), one, None)

    def _add(self, key: Key, name: Value, address: Value) -> None:
        if address is not None:
            self.known.setdefault(parts(settled(address, self.defaults)), key)
        if name is not None:
            self.names.setdefault(parts(settled(name, self.defaults)), key)

    def found(self, value: Value) -> tuple[Key, str] | None:
        """The thing that an ARN is of, and what stands behind it; None where it is of nothing here."""
        if not is_text(value):
            return None
        if value not in self._asked:
            self._asked[value] = self._found(value)
        found = self._asked[value]
        return (self.renames.get(found[0], found[0]), found[1]) if found is not None else None

    def named(self, value: Value) -> Key | None:
        """The thing that has a physical name; None where nothing has it."""
        found = self.names.get(parts(settled(value, self.defaults))) if is_text(value) else None
        return self.renames.get(found, found) if found is not None else None

    def _found(self, value: Value) -> tuple[Key, str] | None:
        whole = parts(settled(value, self.defaults))
        if whole and isinstance(whole[0], Of):
            rest = whole[1:]
            if all(isinstance(part, str) for part in rest):
                return (whole[0].kind, whole[0].identity), "".join(rest)
            return None
        if len(whole) > 2 and whole[0] == "arn:" and whole[2] == ":execute-api:":
            for part in whole:
                if isinstance(part, Of) and part.kind in APIS:
                    return (part.kind, part.identity), ""
        for length in range(len(whole), 0, -1):
            beginning, last = whole[: length - 1], whole[length - 1]
            if length < len(whole) and any(not isinstance(part, str) for part in whole[length:]):
                continue
            behind = "".join(whole[length:])
            if (*beginning, last) in self.known and behind[:1] in ENDS:
                return self.known[*beginning, last], behind
            if isinstance(last, str):
                for cut in range(len(last) - 1, 0, -1):
                    if last[cut] in "/:" and (*beginning, last[:cut]) in self.known:
                        return self.known[*beginning, last[:cut]], last[cut:] + behind
        return None


def is_text(value: Value) -> bool:
    """Whether a value is a text of which all is understood."""
    if not isinstance(value, TEXTS):
        return False
    try:
        hash(value)
    except TypeError:  # there is something in it that stands as it was written
        return False
    return True


def arn(kind: str, name: Value) -> Value:
    """The ARN of a thing of a name."""
    service, path = ARNS[kind]
    if service == "s3":
        return text(("arn:", form.Known("partition"), ":s3:::", name))
    return text(("arn:", form.Known("partition"), f":{service}:", form.Known("region"), ":", form.Known("account"), f":{path}", name))


def resolved(value: Value, places: Places) -> Value:
    """A value in which a written ARN of a thing is a reference to it, so that both are the same."""
    found = places.found(value)
    if found is None:
        return settled(value, places.defaults)
    (kind, identity), behind = found
    if kind in APIS:
        return settled(value, places.defaults)
    first = parts(value)[0]
    attribute = first.attribute if isinstance(first, Of) else "arn"
    return text((Of(kind, identity, attribute), behind))


# --- what exists already ---


@attrs.frozen
class Address:
    """How something that exists already is pointed at."""

    arns: tuple[Value, ...]
    names: tuple[Value, ...]  # and ids and URLs
    shown: Value  # as it was declared


def externs(plan: Plan | None) -> dict[str, Address]:
    """What is known of each extern of a plan's app, by the name that it has there."""
    from ifc.diagnostics import Report  # only apps with externs need it
    from ifc.plan import Lowering

    if plan is None or not any(resource.extern for resource in plan.app.resources.values()):
        return {}
    lowering = Lowering(plan.app, Report())
    found: dict[str, Address] = {}
    for name, resource in plan.app.resources.items():
        if resource.extern is not None:
            arns = [resource.attribute("arn", lowering), lowering.value(getattr(resource, "stream_arn", None))]
            names = [resource.attribute(one, lowering) for one in (("id", "url") if resource.kind == "api" else ("name",))]
            said = lowering.value(resource.extern.name if resource.extern.arn is None else resource.extern.arn)
            pointed = [tuple(neutral(one) for one in some if one) for some in (arns, names)]
            found[name] = Address(pointed[0], pointed[1], neutral(said))
    return found


def neutral(value: Any) -> Value:
    """A text of the plan in the neutral form."""
    if isinstance(value, values.Joined):
        return text(map(neutral, value.parts))
    if isinstance(value, values.Param):
        return Param(plain(value.name))
    if isinstance(value, values.Pseudo):
        return form.Known(value.name)
    if isinstance(value, values.Lookup):
        return Lookup("ssm" if value.source == "ssm" else "export", neutral(value.key))
    if isinstance(value, values.Piece):
        return Piece(neutral(value.text), value.separator, value.index)
    return value
