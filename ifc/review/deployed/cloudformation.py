"""A CloudFormation template, read as CloudFormation does (CloudFormation template reference)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from ifc.review.deployed.form import (
    UNREADABLE,
    Commas,
    Form,
    Key,
    Known,
    Lookup,
    NotUnderstood,
    Of,
    Order,
    Param,
    Piece,
    Record,
    Value,
    text,
)
from ifc.review.deployed.functions import by_alias
from ifc.review.deployed.kinds import BY_CFN, RAW
from ifc.review.deployed.names import structural
from ifc.review.deployed.reading import ARCHIVE, CFN, Kind, fields, plain

PSEUDO = {"AWS::Region": "region", "AWS::AccountId": "account", "AWS::Partition": "partition", "AWS::URLSuffix": "suffix"}
TYPES = {"String": "string", "Number": "number", "CommaDelimitedList": "list"}
SNAPSHOTS = ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster")  # of these one stays where nothing is written (DeletionPolicy attribute)
KEPT = {
    ("Delete", "Delete"): False,
    ("RetainExceptOnCreate", "Retain"): True,  # what a first deployment that fails has made goes again
    ("Retain", "Retain"): True,
}
NOTHING = {"Ref": "AWS::NoValue"}  # as if it were not written (CloudFormation user guide, Pseudo parameters)
SECTIONS = {"AWSTemplateFormatVersion", "Description", "Parameters", "Resources", "Outputs"}
SINGULAR = {
    "Conditions": "condition",
    "Mappings": "mapping table",
    "Rules": "rule of params",
    "Metadata": "metadata",
    "Transform": "transform",
}
SUBSTITUTED = re.compile(r"\$\{([^!].*?)\}")  # everything else stands as it is, `${!` for `${`
RESOLVE = re.compile(r"\{\{resolve:ssm:(.*?)\}\}", re.S)
MARK = "\ue003"  # stands for a part that is no text while a whole text is looked at


class Loader(yaml.CSafeLoader):
    """YAML with the short forms of intrinsic functions."""


def short_form(loader: Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    """`!GetAtt a.b` and its like in their long form."""
    found: Any
    if isinstance(node, yaml.ScalarNode):
        found = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        found = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        found = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(found, str):
        found = found.split(".", 1)
    return {"Ref" if suffix == "Ref" else f"Fn::{suffix}": found}


Loader.add_multi_constructor("!", short_form)


class Template:
    """One template, with the index of the code that belongs to it."""

    target = CFN

    def __init__(self, content: dict[str, Any], archives: Mapping[str, str], raw: frozenset[str] = frozenset()) -> None:
        self.content = content
        self.resources: dict[str, Any] = content.get("Resources", {})
        self.archives = archives  # what stands for the archive of each parameter for one
        self.raw = raw  # what is known to be in the user's own words, by identity
        self.used: set[str] = set()

    def form(self) -> Form:
        """All of it in the neutral form."""
        left = dict(self.content)
        if left.pop("AWSTemplateFormatVersion") != "2010-09-09":
            raise NotUnderstood("another version of templates")
        if left.pop("Description", None):
            self.used.add("description")
        found = [
            *(self.record(id) for id in left.pop("Resources", {})),
            *self.parameters(left.pop("Parameters", {})),
            *(self.output(name, output) for name, output in left.pop("Outputs", {}).items()),
        ]
        if left:
            raise NotUnderstood(f"not in a template: {sorted(left)}")
        if sorted(self.archives[name] for name in self.archives) != sorted(r.fields["archive"] for r in found if "archive" in r.fields):
            raise NotUnderstood("not every archive is one function's")
        records = {record.key: record for record in found}
        if len(records) < len(found):
            raise NotUnderstood("two things of one name")
        needs = {id: {*self.referred(resource), *depends(resource)} for id, resource in self.resources.items()}
        ids = {self.key(id): [id] for id in self.resources}
        waits = {self.key(id): frozenset(self.key(other) for other in depends(r)) for id, r in self.resources.items() if depends(r)}
        return Form(records, waits, Order(needs, ids, {key: nodes[0] for key, nodes in ids.items()}), frozenset(self.used))

    # --- as an Output reads it ---

    def ids(self) -> list[str]:
        """The logical ids."""
        return [id for id, resource in self.resources.items() if isinstance(resource, dict)]

    def type(self, id: str) -> str:
        """The type of a resource."""
        return str(self.resources[id].get("Type", ""))

    def written(self, id: str) -> Any:
        """A resource as it stands, but for what it waits for."""
        return {key: part for key, part in self.resources[id].items() if key != "DependsOn"}

    def others(self) -> list[Record]:
        """The parameters and outputs; one in a shape of its own stands as it is."""
        found = []
        for name, shape in self.section("Parameters").items():
            if name not in self.archives and not (name == "CodeBucket" and self.archives):
                try:
                    found.append(self.parameter(name, shape))
                except UNREADABLE:
                    found.append(Record("param", plain(name), {"as it stands": self.as_far(shape)}))
        for name, shape in self.section("Outputs").items():
            try:
                found.append(self.output(name, shape))
            except UNREADABLE:
                found.append(Record("output", plain(name), {"value": self.as_far(shape)}))
        for section in sorted(map(str, self.content.keys() - SECTIONS)):
            content = self.content[section]
            entries = content.items() if isinstance(content, dict) else [(section, content)]
            found += [Record(SINGULAR.get(section, section), str(name), {"content": self.as_far(one)}) for name, one in entries]
        return found

    def section(self, name: str) -> dict[str, Any]:
        """One section, empty where it is not there."""
        found = self.content.get(name)
        return found if isinstance(found, dict) else {}

    def again(self, raw: Iterable[str]) -> Template:
        """The same with some resources taken as they stand."""
        return Template(self.content, self.archives, self.raw | {plain(id) for id in raw})

    # --- resources ---

    def kind(self, id: str) -> Kind | None:
        """The kind of a resource; None where it is in the user's own words."""
        return None if plain(id) in self.raw else BY_CFN.get(self.resources[id]["Type"])

    def key(self, id: str) -> Key:
        """What a resource is called here."""
        kind = self.kind(id)
        if kind is None:
            return RAW, plain(id)
        properties = self.resources[id].get("Properties", {})
        found = structural(kind.name, lambda name: self.value(properties[name]), CFN)
        return kind.name, found or plain(re.sub(f"(?<=.){kind.ending}$", "", id) if kind.ending else id)

    def record(self, id: str) -> Record:
        """A resource."""
        shape = dict(self.resources[id])
        kind, properties = self.kind(id), there(shape.pop("Properties", {}))
        type = shape.pop("Type")
        when_gone = "Snapshot" if type in SNAPSHOTS and "DBClusterIdentifier" not in properties else "Delete"
        policies = str(shape.pop("DeletionPolicy", None) or when_gone), str(shape.pop("UpdateReplacePolicy", None) or "Delete")
        kept = KEPT.get(policies)
        shape.pop("DependsOn", None)
        found: dict[str, Value] = {"kept": kept} if kept else {}
        if kept is None:
            found["deletion"] = {"gone": policies[0], "replaced": policies[1]}
        if isinstance(shape.get("Metadata"), dict):  # what CDK and SAM note of where a resource and its code come from
            shape["Metadata"] = {name: one for name, one in shape["Metadata"].items() if not str(name).startswith(("aws:", "Sam"))}
        found |= {name: one for name, one in self.as_far(shape).items() if one != {}}  # Condition, Metadata and their like
        if kind is None:
            self.used.add("raw")
            return Record(*self.key(id), found | {"type": type} | self.as_far(properties))
        tags = properties.pop("Tags", None)
        if tags:
            found["tags"] = self.value(tags if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags})
        content = self.value(properties)
        if kind.shape_cfn is not None:
            kind.shape_cfn(content)
        return Record(*self.key(id), found | fields(content, kind.fields, CFN))

    def referred(self, node: Any) -> set[str]:
        """The resources that some content refers to."""
        if isinstance(node, list):
            return {id for part in node for id in self.referred(part)}
        if not isinstance(node, dict):
            return set()
        found = {id for part in node.values() for id in self.referred(part)}
        if isinstance(node.get("Ref"), str):
            found.add(node["Ref"])
        if isinstance(node.get("Fn::GetAtt"), list):
            found.add(node["Fn::GetAtt"][0])
        if "Fn::Sub" in node:
            written = node["Fn::Sub"] if isinstance(node["Fn::Sub"], str) else node["Fn::Sub"][0]
            found |= {name.partition(".")[0] for name in SUBSTITUTED.findall(written)}
        return found & self.resources.keys()

    # --- parameters and outputs ---

    def parameters(self, written: Mapping[str, Any]) -> list[Record]:
        """The app's parameters; those for code stand where code is."""
        code = {*self.archives, *(["CodeBucket"] if self.archives else [])}
        if {name for name in written if name.endswith("CodeKey") or name == "CodeBucket"} != code:
            raise NotUnderstood(f"parameters for code: {sorted(written)}")
        for name in code:
            if written[name].get("Type") != "String" or not written[name].keys() <= {"Type", "Description"}:
                raise NotUnderstood(f"a parameter for code: {written[name]}")
        return [self.parameter(name, shape) for name, shape in written.items() if name not in code]

    @staticmethod
    def parameter(name: str, shape: Mapping[str, Any]) -> Record:
        """A parameter."""
        left = dict(shape)
        description, type, default = left.pop("Description", None), left.pop("Type"), left.pop("Default", None)
        values = left.pop("AllowedValues", None)
        kind = TYPES[type]
        if kind == "string" and values == ["true", "false"]:
            kind, values = "flag", None
        found = {
            "description": description,
            "type": kind,
            "default": listed(default) if kind == "list" and default is not None else of_type(default, kind),
            "one of": None if values is None else [of_type(value, kind) for value in values],
            "pattern": left.pop("AllowedPattern", None),
            "least": left.pop("MinValue", None),
            "most": left.pop("MaxValue", None),
            "longest": left.pop("MaxLength", None),
            "secret": left.pop("NoEcho", None),
        }
        if left:
            raise NotUnderstood(f"not in a parameter: {left}")
        return Record("param", plain(name), {key: value for key, value in found.items() if value is not None})

    def output(self, name: str, shape: Mapping[str, Any]) -> Record:
        """An output."""
        left = dict(shape)
        found = {
            "value": self.value(left.pop("Value")),
            "description": left.pop("Description", None),
            "export": self.value(left.pop("Export", None)),
        }
        return Record("output", plain(name), {key: value for key, value in found.items() if value is not None} | self.as_far(left))

    # --- values ---

    def value(self, node: Any) -> Value:
        """Some content with every intrinsic function as what it means."""
        if isinstance(node, list):
            return [self.value(part) for part in node]
        if isinstance(node, str):
            return self.resolved(node)
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name == "Ref":
                return self.reference(argument)
            if name.startswith("Fn::"):
                return self.function(name[4:], argument)
        return {key: self.value(part) for key, part in node.items()}

    def as_far(self, node: Any) -> Any:
        """Some content with every intrinsic function as what it means, where that is understood, and else as it stands."""
        if isinstance(node, list):
            return [self.as_far(part) for part in node]
        try:
            return self.value(node)
        except UNREADABLE:
            return {str(key): self.as_far(part) for key, part in node.items()} if isinstance(node, dict) else node

    def function(self, name: str, argument: Any) -> Value:
        """What an intrinsic function gives."""
        if name == "GetAtt":
            id, attribute = argument
            return self.attribute(id, attribute)
        if name == "Sub":
            return self.resolved(self.substituted(*([argument] if isinstance(argument, str) else argument)))
        if name == "Join" and argument[0] == "," and not isinstance(argument[1], list):
            return Commas(self.value(argument[1]))
        if name == "Join":
            return text(piece for part in argument[1] for piece in (argument[0], self.value(part)))
        if name == "Select" and set(argument[1]) == {"Fn::Split"}:
            separator, whole = argument[1]["Fn::Split"]
            return Piece(self.value(whole), separator, int(argument[0]))
        if name == "ImportValue":
            return Lookup("export", self.value(argument))
        return {f"Fn::{name}": self.as_far(argument)}

    def substituted(self, written: str, own: Mapping[str, Any] | None = None) -> Value:
        """The text of a `Fn::Sub`."""
        found: list[Value] = []
        for index, piece in enumerate(SUBSTITUTED.split(written)):
            if index % 2 == 0:
                found.append(piece.replace("${!", "${"))
            elif own and piece in own:
                found.append(self.value(own[piece]))
            else:
                name, dot, attribute = piece.partition(".")
                found.append(self.attribute(name, attribute) if dot else self.reference(name))
        return text(found)

    def resolved(self, value: Value) -> Value:
        """A text with its dynamic references to Parameter Store as what they mean."""
        pieces = value.parts if hasattr(value, "parts") else (value,)
        whole = "".join(piece if isinstance(piece, str) else MARK for piece in pieces)
        if "{{resolve:" not in whole:
            return value
        self.used.add("lookups")
        others = iter([piece for piece in pieces if not isinstance(piece, str)])

        def back(written: str) -> Value:
            return text(part for n, piece in enumerate(written.split(MARK)) for part in ([next(others), piece] if n else [piece]))

        split = RESOLVE.split(whole)
        if "{{resolve:" in "".join(split):
            raise NotUnderstood(f"a dynamic reference: {whole}")
        return text(Lookup("ssm", back(piece)) if index % 2 else back(piece) for index, piece in enumerate(split))

    def reference(self, name: str) -> Value:
        """What `Ref` gives."""
        if name in PSEUDO:
            return Known(PSEUDO[name])
        if name in self.archives:
            return Of(ARCHIVE, self.archives[name], "key")
        if name in self.content.get("Parameters", {}):
            return Param(plain(name))
        return self.attribute(name, None)

    def attribute(self, id: str, attribute: str | None) -> Value:
        """What `Ref` (None) or `Fn::GetAtt` gives of a resource."""
        if id not in self.resources:
            raise NotUnderstood(f"a reference to nothing: {id}")
        kind, key = self.kind(id), self.key(id)
        if kind is None:
            return Of(*key, attribute or "id")
        if kind.name == "log group" and attribute == "Arn":
            return text((Of(*key, "arn"), ":*"))  # AWS::Logs::LogGroup, Return values
        if kind.name == "alias" and attribute is None:
            alias = self.resources[id].get("Properties", {})
            function = self.value(alias.get("FunctionName"))
            return by_alias(function, self.as_far(alias.get("Name"))) if isinstance(function, Of) else Of(*key, "id")
        if kind.name == "bucket" and attribute == "WebsiteURL":
            return text(("http://", Of(*key, "website")))
        for neutral, (spelled, _) in kind.attributes.items():
            if spelled == attribute:
                return Of(*key, neutral)
        return Of(*key, attribute or "id")  # one that nothing of ours asks for


def there(node: Any) -> Any:
    """Some content without what stands for nothing; which of the values of a function that is, only the function tells."""
    if isinstance(node, list):
        return [there(part) for part in node if part != NOTHING]
    if not isinstance(node, dict) or (len(node) == 1 and str(next(iter(node))).startswith("Fn::")):
        return node
    return {key: there(part) for key, part in node.items() if part != NOTHING}


def content_of(source: str) -> Any:
    """What a template's text says, in YAML or JSON."""
    return json.loads(source) if source.lstrip().startswith("{") else yaml.load(source, Loader)


def archives_of(code: str) -> dict[str, str]:
    """What stands for the archive of each parameter for one, by the index of the code."""
    return {one["parameter"]: f"{one['key']} {one['digest']}" for one in json.loads(code)["functions"].values()}


def depends(resource: Mapping[str, Any]) -> list[str]:
    """What a resource waits for, in so many words."""
    found = resource.get("DependsOn", [])
    return found if isinstance(found, list) else [found]


def listed(value: str) -> list[str]:
    """A list of a template (CloudFormation user guide, Parameters: each member is trimmed)."""
    return [member.strip() for member in value.split(",")]


def of_type(value: Any, kind: str) -> Any:
    """A parameter's value in its type: a template has text where others have flags."""
    if kind == "flag" and isinstance(value, str):
        return {"true": True, "false": False}[value]
    return str(value) if kind == "string" and value is not None else value
