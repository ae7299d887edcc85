"""Two neutral forms side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from ifc.review.deployed.cloudformation import Template, archives_of, content_of
from ifc.review.deployed.form import Form, NotUnderstood, Of, Record, Text, Value, alike, composed
from ifc.review.deployed.kinds import BY_NAME, RAW
from ifc.review.deployed.reading import Field
from ifc.review.deployed.terraform import of_files
from tests.lift.forgiven import DEFAULT, INTENDED


def compared(template: str, index: str, folder: Mapping[str, str]) -> tuple[list[str], set[str]]:
    """What differs in two outputs, a line each, and the intended differences that they show.

    They are a template with the index of the code that belongs to it, and all files of a configuration. What can't be read is
    a line, too.
    """
    used: set[str] = set()
    try:
        terraform = of_configuration(tuple(folder.items()))
        # Only the configuration tells what is in the user's own words: it has a file of its own for that.
        own = frozenset(identity for kind, identity in terraform.records if kind == RAW)
        return differences(of_template(template, index, own), terraform, used), used
    except (NotUnderstood, LookupError, TypeError, ValueError) as wrong:  # something is missing, or of another sort
        return [f"not understood: {wrong}"], used


@lru_cache(maxsize=1)  # often only the other output is another one
def of_configuration(folder: tuple[tuple[str, str], ...]) -> Form:
    """The neutral form of a configuration."""
    return of_files(dict(folder)).form()


@lru_cache(maxsize=1)
def of_template(template: str, index: str, own: frozenset[str]) -> Form:
    """The neutral form of a template."""
    return Template(content_of(template), archives_of(index), own).form()


def differences(cfn: Form, terraform: Form, used: set[str]) -> list[str]:
    """What differs and is not meant to, a line each; the intended differences that show go into `used`."""
    used |= cfn.used | terraform.used | {"labels"}
    found = []
    for key in sorted(cfn.records.keys() | terraform.records.keys()):
        one, other = cfn.records.get(key), terraform.records.get(key)
        if one is None and key == ("param", "prefix"):
            used.add("names")  # only Terraform's made-up names begin with it
        elif one is not None and other is None and is_version(one, terraform):
            used.add("versions")
        elif one is None or other is None:
            found.append(f"{' '.join(key)}: only in {'Terraform' if one is None else 'CloudFormation'}")
        else:
            found += of_record(one, other, cfn, used)
    return [*found, *of_order(cfn, terraform, used)]


def is_version(record: Record, terraform: Form) -> bool:
    """Whether a record is the version, kept for good, of a function that publishes by itself in Terraform."""
    function = terraform.records.get(("function", record.identity))
    expected = {"kept": True, "function": Of("function", record.identity, "name"), "made of": record.fields.get("made of")}
    return record.kind == "version" and function is not None and "publishes" in function.fields and record.fields == expected


def of_record(cfn: Record, terraform: Record, form: Form, used: set[str]) -> Iterator[str]:
    """What differs of one thing."""
    kind = BY_NAME.get(cfn.kind)
    known = {field.name: field for field in kind.fields} if kind else {}
    names = cfn.fields.keys() | terraform.fields.keys()
    for name in sorted(names & {"kept"} if cfn.kind == RAW else names):  # what the user says to one target, the other can't say
        one, other = (spelled_alike(record.fields.get(name)) for record in (cfn, terraform))
        reason = None if alike(one, other) else meant(known.get(name, Field(name, None, None)), one, other, cfn, form)
        if reason is not None:
            used.add(reason)
        elif not alike(one, other):
            only = apart(one, other)
            yield f"{cfn.kind} {cfn.identity}, {name}: {only[0]!r} in CloudFormation, {only[1]!r} in Terraform"


def spelled_alike(value: Value) -> Value:
    """A value in which the attributes of what the user wrote in the words of a target have no names: each target has its own."""
    if isinstance(value, Of) and value.kind == RAW:
        return Of(value.kind, value.identity, "id" if value.attribute == "id" else "attribute")
    if isinstance(value, Text):
        return Text(tuple(map(spelled_alike, value.parts)))
    if isinstance(value, Mapping):
        return {key: spelled_alike(part) for key, part in value.items()}
    return type(value)(map(spelled_alike, value)) if isinstance(value, list | tuple) else value


def apart(one: Value, other: Value) -> tuple[Value, Value]:
    """Two values without what is the same in both."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        keys = [key for key in sorted({*one, *other}) if not alike(one.get(key), other.get(key))]
        pairs = {key: apart(one.get(key), other.get(key)) for key in keys}
        return {key: pair[0] for key, pair in pairs.items()}, {key: pair[1] for key, pair in pairs.items()}
    if not isinstance(one, list) or not isinstance(other, list):
        return one, other
    left = [part for part in one if not any(alike(part, same) for same in other)]
    right = [part for part in other if not any(alike(part, same) for same in one)]
    if len(left) == len(right) == 1:
        pair = apart(left[0], right[0])
        return [pair[0]], [pair[1]]
    return left or one, right or other


def meant(field: Field, cfn: Value, terraform: Value, record: Record, form: Form) -> str | None:
    """The intended difference that two values show, if they do."""
    intended = INTENDED.get((record.kind, field.name))
    if intended is not None and intended.test(cfn, terraform, record, form):
        return intended.key
    if field.default is not None and (cfn, terraform) in ((None, field.default), (field.default, None)):
        return f"{DEFAULT}: {record.kind}, {field.name}"
    return "unicode" if alike(composed(cfn), composed(terraform)) else None


def of_order(cfn: Form, terraform: Form, used: set[str]) -> Iterator[str]:
    """What one side makes before something else and the other side does not."""
    roles = {node: key for key, nodes in cfn.order.blocks.items() if key[0] == "role" for node in nodes}
    for later, nodes in sorted(cfn.order.blocks.items()):
        wanted = set(cfn.waits.get(later, ()))
        # A role is made with its policies, so whoever is made with a role is made after them.
        wanted |= {roles[node] for node in cfn.order.needs[nodes[0]] if node in roles}
        for earlier in sorted(wanted):
            if later != earlier and not terraform.order.holds(later, earlier):
                yield f"{' '.join(later)} waits for {' '.join(earlier)} in CloudFormation, and not for all of it in Terraform"
    for later, others in sorted(terraform.waits.items()):
        for earlier in sorted(others):
            if not cfn.order.holds(later, earlier):
                yield f"{' '.join(later)} waits for {' '.join(earlier)} in Terraform, and not in CloudFormation"
    if any(kind == RAW for kind, _ in cfn.records):
        used.add("raw")
