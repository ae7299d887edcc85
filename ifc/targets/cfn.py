"""CloudFormation: the plan printed through troposphere, which refuses what the services' schemas don't have."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import troposphere
import yaml
from troposphere import AWSHelperFn, AWSProperty, GenericHelperFn, GetAtt, ImportValue, Join, Select, Split, Sub, Tags
from troposphere import Ref as Reference

from ifc.diagnostics import Diagnostic, Report
from ifc.model.app import Output, Overlay, Parameter
from ifc.model.types import laid_over, taken_out
from ifc.plan import PREFIX, PREFIX_LIMIT, PREFIX_PATTERN, Placed, Plan, Resource
from ifc.targets.circles import circles
from ifc.targets.empty import nothing
from ifc.targets.lists import wrong_lists
from ifc.targets.lua import no_lua
from ifc.targets.policies import too_long
from ifc.values import TEXTS, Attr, Commas, Joined, Json, Lookup, Param, Piece, Pseudo, Value, between_quotes, json_parts, wholes

# CloudFormation user guide, CloudFormation quotas
MAX_RESOURCES, MAX_PARAMETERS, MAX_OUTPUTS, MAX_BYTES = 500, 200, 200, 1_000_000
NEARLY = 0.9  # of a limit, from where a warning says so
PSEUDO = {"region": "AWS::Region", "account": "AWS::AccountId", "partition": "AWS::Partition", "suffix": "AWS::URLSuffix"}
# Where troposphere's module is not the service's name in lower case, and where its class is not called like the type.
MODULES = {"KinesisAnalytics": "analytics", "KinesisFirehose": "firehose", "Lambda": "awslambda"}
CLASSES = {"AWS::IAM::Policy": "PolicyType", "AWS::Route53::RecordSet": "RecordSetType", "AWS::SNS::Subscription": "SubscriptionResource"}
TAGS_OF_THEIR_OWN = ("AWS::AutoScaling::AutoScalingGroup",)  # it says of each tag whether its machines get it


class Printer:
    """Prints one plan; the template is its `template`."""

    def __init__(self, plan: Plan, report: Report) -> None:
        self.plan, self.report = plan, report
        self.printing = ""  # the resource that is printed now
        self.needs: dict[str, set[str]] = {}  # what each resource refers to
        self.prefixed = False  # whether a name begins with the prefix; a parameter that nothing uses is a finding of cfn-lint
        self.taken_apart: list[Lookup] = []  # texts that are read from SSM and split
        self.wrong_lists: dict[str, str] = {}  # list params where one value is wanted, and a resource where
        self.lists = {p.name for p in plan.parameters if p.type == "list"}
        self.by_id: Mapping[str, Resource] = {p.resource.id: p.resource for p in plan.placed}
        self.template = self.built()

    # --- the template ---

    def built(self) -> dict[str, Any]:
        app = self.plan.app
        resources = {p.resource.id: self.resource(p) for p in self.plan.placed}
        outputs = {logical(o.name): self.output(o) for o in self.plan.outputs}
        sections: dict[str, Any] = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": app.description or f"{app.name} ({app.stage})",
            "Parameters": self.parameters(),
            "Resources": resources,
            "Outputs": outputs,
        }
        return {name: content for name, content in sections.items() if content}

    def parameters(self) -> dict[str, Any]:
        app = self.plan.app
        found: dict[str, Any] = (
            {}
            if not self.prefixed
            else {
                "Prefix": {
                    "Type": "String",
                    "Default": app.prefix,
                    "MaxLength": PREFIX_LIMIT,
                    "AllowedPattern": PREFIX_PATTERN,
                    "Description": "Start of every physical name",
                },
            }
        )
        if self.plan.archives:
            found["CodeBucket"] = {"Type": "String", "Description": "Bucket that holds the code archives"}
        for parameter in self.plan.parameters:
            found[parameter_id(parameter.name)] = self.parameter(parameter)
        for archive in self.plan.archives:
            found[archive.parameter] = {"Type": "String", "Description": f"Key of the archive of {archive.function}"}
        return found

    def parameter(self, parameter: Parameter) -> dict[str, Any]:
        default, values = parameter.default, [self.plain(v) for v in parameter.one_of]
        if parameter.type == "flag":
            values = ["true", "false"]
        shape = {
            "Type": {"number": "Number", "list": "CommaDelimitedList"}.get(parameter.type, "String"),
            "Description": parameter.description,
            "Default": None if default is None else self.plain(default),
            "AllowedValues": values or None,
            "AllowedPattern": parameter.pattern,
            "MinValue": parameter.low,
            "MaxValue": parameter.high,
            "NoEcho": True if parameter.secret else None,
        }
        return {key: value for key, value in shape.items() if value is not None}

    @staticmethod
    def plain(value: Value) -> Any:
        return str(value).lower() if isinstance(value, bool) else value

    def output(self, output: Output) -> dict[str, Any]:
        self.printing = ""
        shape: dict[str, Any] = {"Description": output.description, "Value": encoded(self.value(output.value))}
        if output.export is not None:
            shape["Export"] = {"Name": encoded(self.value(output.export))}
        return {key: value for key, value in shape.items() if value is not None}

    # --- resources ---

    def resource(self, placed: Placed) -> dict[str, Any]:
        """One resource as CloudFormation wants it, with what the user laid over it."""
        resource = placed.resource
        self.printing = resource.id
        self.needs[resource.id] = set(resource.after)
        cls = troposphere_class(resource.cfn_type)
        properties = self.raw_tags(placed, cls) if resource.raw else self.properties(resource, cls)
        shape: dict[str, Any] = {"Type": resource.cfn_type}
        if resource.after:
            shape["DependsOn"] = list(resource.after) if resource.after[1:] else resource.after[0]
        if resource.shared:
            shape["DeletionPolicy"] = shape["UpdateReplacePolicy"] = "Retain"
        elif resource.stateful:
            shape["DeletionPolicy"] = "RetainExceptOnCreate" if resource.keep else "Delete"
            shape["UpdateReplacePolicy"] = "Retain" if resource.keep else "Delete"
        policy = resource.update_policy()
        if policy is not None:
            shape["UpdatePolicy"] = encoded(self.value(policy))
        overlays = [o for o in placed.overlays if o.target == "cfn"]
        for overlay in overlays:
            if cls is not None:
                self.check_names(cls, overlay.content, overlay, ())
            properties = taken_out(laid_over(properties, encoded(self.value(overlay.content))), overlay.content)
        if resource.raw:
            self.check_raw(placed, cls, properties, overlays)
        if properties:
            shape["Properties"] = properties
        return shape

    def properties(self, resource: Resource, cls: Any) -> dict[str, Any]:
        """The properties that the plan has for a resource."""
        content = {key: value for key, value in resource.cfn().items() if value is not None}
        if cls is None:
            bare: dict[str, Any] = encoded(self.value(content))
            return bare
        filled = {key: self.property(cls.props[key][0] if key in cls.props else object, value) for key, value in content.items()}
        if resource.tagged:
            filled["Tags"] = self.tags(resource.tagged, resource)
        found: dict[str, Any] = cls(resource.id, **filled).to_dict().get("Properties", {})
        return found

    def tags(self, style: str, resource: Resource) -> Any:
        tags = {"app": self.plan.app.name, **self.plan.app.tags, **resource.tags}
        values = {key: self.value(value) for key, value in tags.items()}
        return dict(sorted(values.items())) if style == "map" else Tags(values)

    def raw_tags(self, placed: Placed, cls: Any) -> dict[str, Any]:
        """The tags of a raw resource, where its type is known to have them."""
        resource = placed.resource
        style = tag_style(cls)
        if style is not None:
            return {"Tags": encoded(self.tags(style, resource))}
        if resource.tags:
            span = self.plan.app.resources[placed.owner].place("tags")
            self.report.error(
                "IFC349",
                f"how {resource.cfn_type} spells its tags is not known",
                span,
                "can't be applied",
                "write them as a property: `cfn { Tags … }`",
            )
        return {}

    def property(self, expected: Any, value: Value) -> Any:
        """A property's value as the troposphere type that is expected there."""
        if isinstance(value, Param) and value.name in self.lists and not isinstance(expected, list):
            self.wrong_lists.setdefault(value.name, self.printing)
        kind = expected[0] if isinstance(expected, list) and expected else expected
        if isinstance(kind, type) and issubclass(kind, AWSProperty):
            if isinstance(value, list | tuple):
                return [self.property(kind, v) for v in value]
            if isinstance(value, Mapping):
                return self.nested(kind, value)
        if isinstance(value, Mapping) and callable(kind) and not isinstance(kind, type):
            return GenericHelperFn(self.value(value))  # or troposphere makes text of it, as of a model's schema
        return self.value(value)

    def nested(self, kind: Any, value: Mapping[str, Value]) -> Any:
        """A property object of troposphere."""
        known = kind.props
        filled = {k: self.property(known[k][0] if k in known else object, v) for k, v in value.items() if v is not None}
        if not filled.keys() <= known.keys():
            return GenericHelperFn(encoded(filled))  # troposphere doesn't know every property: the LogFormat of a LoggingConfig, for one
        return kind(**filled)

    def value(self, value: Value) -> Any:
        """A value of the plan in troposphere's terms; `None` inside is left out."""
        if isinstance(value, str | int | float | bool) or value is None:
            return value
        if isinstance(value, Attr):
            return self.attribute(value)
        if isinstance(value, Param):
            self.prefixed |= value == PREFIX
            return Reference(parameter_id(value.name))
        if isinstance(value, Pseudo):
            return Reference(PSEUDO[value.name])
        if isinstance(value, Joined | Piece):
            return self.text(value)
        if isinstance(value, Json):
            return self.json(value)
        if isinstance(value, Commas):
            return Join(",", Reference(parameter_id(value.parameter.name)))
        if isinstance(value, Lookup):
            return self.lookup(value)
        if isinstance(value, Mapping):
            return {k: self.value(v) for k, v in value.items() if v is not None}
        lists = [v.name for v in value if isinstance(v, Param) and v.name in self.lists]
        if lists and len(value) == 1:
            return self.value(value[0])  # it is the list
        if not lists:
            return [self.value(v) for v in value]
        if not all(isinstance(v, TEXTS) for v in value) or any(isinstance(text, str) and "," in text for text in wholes(value)):
            for name in lists:
                self.wrong_lists.setdefault(name, self.printing)
            return [self.value(v) for v in value]
        # There is no function that joins lists, so their texts are joined and split again.
        return Split(",", Join(",", [self.value(Commas(v) if isinstance(v, Param) and v.name in self.lists else v) for v in value]))

    def attribute(self, value: Attr) -> Any:
        resource = self.by_id[value.id]
        self.needs.setdefault(self.printing, set()).add(value.id)
        name = spelled(resource, value.attribute)
        return Reference(value.id) if name is None else GetAtt(value.id, name)

    def lookup(self, value: Lookup) -> Any:
        if value.source == "exported":
            return ImportValue(self.value(value.key))
        key = self.value(value.key)
        if isinstance(key, str):
            return Resolved("{{resolve:ssm:" + key + "}}")
        own: dict[str, Any] = {}
        text = "{{resolve:ssm:" + self.piece(value.key, own) + "}}"
        return Sub(text, own) if own else Sub(text)

    def text(self, value: Joined | Piece) -> Any:
        if isinstance(value, Piece):
            if isinstance(value.text, Lookup) and value.text.source == "ssm":
                self.taken_apart.append(value.text)
            return Select(value.index, Split(value.separator, self.value(value.text)))
        own: dict[str, Any] = {}
        text = "".join(self.piece(part, own) for part in value.parts)
        return Sub(text, own) if own else Sub(text)

    def piece(self, part: Value, own: dict[str, Any]) -> str:
        """One part of a `Fn::Sub` text; what it can't say in place goes into the map `own`."""
        if isinstance(part, str):
            return part.replace("${", "${!")
        if isinstance(part, Param) and part.name not in self.lists:
            self.prefixed |= part == PREFIX
            return "${" + parameter_id(part.name) + "}"
        if isinstance(part, Param):
            part = Commas(part)
        if isinstance(part, Pseudo):
            return "${" + PSEUDO[part.name] + "}"
        if isinstance(part, Joined):
            return "".join(self.piece(p, own) for p in part.parts)
        if isinstance(part, Attr):
            self.needs.setdefault(self.printing, set()).add(part.id)
            name = spelled(self.by_id[part.id], part.attribute)
            return "${" + (part.id if name is None else f"{part.id}.{name}") + "}"
        if isinstance(part, bool):
            return str(part).lower()
        if isinstance(part, int | float):
            return str(part)
        name = f"Part{len(own) + 1}"
        own[name] = self.value(part)
        return "${" + name + "}"

    def json(self, value: Json) -> Any:
        """JSON text; deploy-time parts make it a `Fn::Sub`."""
        parts = json_parts(value.content)
        if not any(is_value for _, is_value in parts):
            return parts[0][0]
        own: dict[str, Any] = {}
        text = "".join(f'"{self.piece(between_quotes(part), own)}"' if is_value else part.replace("${", "${!") for part, is_value in parts)
        return Sub(text, own) if own else Sub(text)

    # --- what the user laid over ---

    def check_names(self, kind: Any, content: Mapping[str, Any], overlay: Overlay, above: tuple[str | int, ...]) -> None:
        """Warns of properties that a type or a part of it does not have; what an intrinsic function gives is not looked at."""
        for name, value in content.items():
            if name == "Ref" or name.startswith("Fn::"):
                continue
            path = (*above, name)
            if name not in kind.props:
                from ifc.diagnostics import near  # only a mistake needs it

                close = near(name, kind.props)
                of = f"`{above[-1] if isinstance(above[-1], str) else above[-2]}`" if above else kind.resource_type
                self.report.warning(
                    "IFC603",
                    f"{of} has no property `{name}`",
                    overlay.places.get(path, overlay.span),
                    "unknown property",
                    f"write `{close}`" if close else "CloudFormation refuses what its schema does not have",
                )
                continue
            inner = property_class(kind.props[name][0])
            if inner is None:
                continue
            if isinstance(value, Mapping):
                self.check_names(inner, value, overlay, path)
            for index, part in enumerate(value if isinstance(value, list | tuple) else ()):
                if isinstance(part, Mapping):
                    self.check_names(inner, part, overlay, (*path, index))

    def check_raw(self, placed: Placed, cls: Any, properties: Mapping[str, Any], overlays: Sequence[Overlay]) -> None:
        """Reports a raw resource that CloudFormation would refuse, as far as its type is known."""
        kind, span = placed.resource.cfn_type, self.plan.app.resources[placed.owner].place("type")
        custom = kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource"
        needed = (
            ["ServiceToken"] if custom else sorted(name for name, (_, required) in cls.props.items() if required) if cls is not None else []
        )
        missing = [name for name in needed if name not in properties]
        if cls is None and not custom:
            close = near_type(kind)
            if close is not None:
                self.report.warning(
                    "IFC349", f"this release knows no type `{kind}` of CloudFormation", span, "unknown type", f"write `{close}`"
                )
                return
        wanted = " and ".join(f"`{name}`" for name in missing)
        if not overlays and (missing or cls is None):
            help = f"write `cfn {{ … }}` with {wanted} at least" if wanted else "write `cfn { … }`; empty, if it needs no properties"
            self.report.error("IFC347", f"nothing says what `{placed.owner}` is for CloudFormation", span, "no properties", help)
        elif missing:
            self.report.warning("IFC347", f"{kind} needs {wanted}", overlays[0].span, "not in here", "CloudFormation refuses it without")


class Resolved(AWSHelperFn):  # type: ignore[misc]  # troposphere has no types
    """A dynamic reference: text for CloudFormation, but nothing whose form troposphere could check."""

    def __init__(self, text: str) -> None:
        self.data = text


def encoded(value: Any) -> Any:
    """Plain data of troposphere's values."""
    return troposphere.encode_to_dict(value)


def spelled(resource: Resource, attribute: str) -> str | None:
    """CloudFormation's name of an attribute, None for what `Ref` gives; those of a raw resource are the type's own."""
    return resource.attributes.get(attribute, (attribute, ""))[0]


def logical(name: str) -> str:
    """An output's or parameter's name as CloudFormation takes it: letters and digits."""
    return "".join(c for c in name if c.isalnum())


def parameter_id(name: str) -> str:
    """The template's name of a param; ours are checked to be letters and digits."""
    return name


@cache
def troposphere_class(cfn_type: str) -> Any:
    """troposphere's class of a type, or None for a type that it does not know."""
    parts = cfn_type.split("::")
    if len(parts) != 3 or parts[0] != "AWS":
        return None
    try:
        module = importlib.import_module("troposphere." + MODULES.get(parts[1], parts[1].lower()))
    except ModuleNotFoundError:
        return None
    found = getattr(module, CLASSES.get(cfn_type, parts[2]), None)
    return found if getattr(found, "resource_type", None) == cfn_type else None


def tag_style(cls: Any) -> str | None:
    """How a type of troposphere spells tags: as a "list" of keys and values, as a "map", or (None) in a way of its own."""
    expected = cls.props["Tags"][0] if cls is not None and "Tags" in cls.props else None
    if expected is dict:
        return "map"
    if expected is Tags or (getattr(expected, "__name__", "") == "validate_tags_or_list" and cls.resource_type not in TAGS_OF_THEIR_OWN):
        return "list"
    part = property_class(expected) if isinstance(expected, list) else None
    return "list" if part is not None and set(part.props) == {"Key", "Value"} else None


def property_class(expected: Any) -> Any:
    """The class of property objects that troposphere expects somewhere, alone or in a list; None where it is none."""
    kinds = expected if isinstance(expected, list | tuple) else (expected,)
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, AWSProperty)), None)


def near_type(cfn_type: str) -> str | None:
    """The type that an unknown one was probably meant to be; None for what may be newer than this release."""
    import pkgutil  # only a mistake needs these

    from ifc.diagnostics import near

    parts = cfn_type.split("::")
    if len(parts) != 3 or parts[0] != "AWS":
        return None
    modules = {m.name for m in pkgutil.iter_modules(troposphere.__path__)}
    name = MODULES.get(parts[1], parts[1].lower())
    right = name in modules
    name = name if right else near(name, modules) or ""
    if not name:
        return None
    module = importlib.import_module(f"troposphere.{name}")
    types = [str(getattr(v, "resource_type", "")) for v in vars(module).values() if isinstance(v, type)]
    known = {t.split("::")[2]: t for t in types if t.count("::") == 2 and t.startswith("AWS::")}
    # With a misspelt service only the exact name is a good guess: what is unknown may also be newer than this release.
    close = parts[2] if parts[2] in known else near(parts[2], known) if right else None
    return known[close] if close is not None else None


# --- text ---


class _Dumper(yaml.CSafeDumper):
    """libyaml's dumper, with the short forms of intrinsic functions and no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _mapping(dumper: _Dumper, data: dict[str, Any]) -> Any:
    if len(data) == 1:
        ((name, value),) = data.items()
        if name == "Ref" and isinstance(value, str):
            return dumper.represent_scalar("!Ref", value)
        if name == "Fn::GetAtt" and isinstance(value, list) and all(isinstance(v, str) for v in value):
            return dumper.represent_scalar("!GetAtt", ".".join(value))
        if name.startswith("Fn::") and name != "Fn::Transform":
            tag = "!" + name[4:]
            if isinstance(value, str):
                return dumper.represent_scalar(tag, value)
            # A short form may not stand directly in another short form's single value, but in its list it may.
            if isinstance(value, list):
                return dumper.represent_sequence(tag, value)
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=False)


def _text(dumper: _Dumper, data: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data.strip("\n") else None)


_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(str, _text)


def text(template: dict[str, Any], format: str) -> str:
    """The template as YAML or JSON."""
    if format == "json":
        return json.dumps(template, indent=2, ensure_ascii=False) + "\n"
    dumped: str = yaml.dump(template, Dumper=_Dumper, sort_keys=False, width=4096, allow_unicode=True)
    return dumped


def render(plan: Plan, report: Report, format: str = "yaml") -> dict[str, str]:
    """The files of this target, by name; what exceeds CloudFormation's limits is an error."""
    content = text(printed(plan, report), format)
    _limits(plan, content, report)
    return {f"template.{format}": content}


def printed(plan: Plan, report: Report) -> dict[str, Any]:
    """The template; what CloudFormation can't say is an error, but not that there is too much of it."""
    printer = Printer(plan, report)
    app = plan.app
    if app.region and app.span:
        report.note(
            "IFC607",
            f"a template is deployed where the deployment says, not where `region` does: pass `--region {app.region}`",
            app.span,
            "CloudFormation has no such setting",
        )
    _kept_names(plan, report)
    _one_name_each(plan, report)
    wrong_lists(plan, printer.wrong_lists, report)
    _taken_apart(plan, printer.taken_apart, report)
    circles(plan, printer.needs, {p.resource.id: p.owner for p in plan.placed}, report)
    nothing(plan, report)
    no_lua(plan, "CloudFormation", report)
    too_long(plan, report)
    return printer.template


def _kept_names(plan: Plan, report: Report) -> None:
    """Notes kept resources with a fixed name, which is still taken when they have left the stack.

    CloudFormation user guide, Import AWS resources into a CloudFormation stack.
    """
    for resource in plan.app.resources.values():
        origin = resource.origins.get("physical")
        if origin is not None and origin.span is not None and not resource.extern and getattr(resource, "keep", False):
            report.note(
                "IFC609",
                f"`{resource.name}` is kept when it leaves its stack, and its name stays taken",
                origin.span,
                "a fixed name",
                "to take it back into a stack, import it: `aws cloudformation create-change-set --change-set-type IMPORT "
                f"--resources-to-import …` with the logical id `{resource.id}`",
            )


def _taken_apart(plan: Plan, lookups: Sequence[Lookup], report: Report) -> None:
    """Reports ARNs that are read from SSM and taken apart.

    CloudFormation splits a `{{resolve:ssm:…}}` before it resolves it (CloudFormation user guide, dynamic references).
    """
    for resource in plan.app.resources.values():
        if resource.extern is not None and resource.extern.arn in lookups:
            name = resource.name
            report.error(
                "IFC610",
                f"CloudFormation can't take apart an ARN that it reads from SSM, and the address of `{name}` is in it",
                resource.declared.span,
                "its ARN is in SSM",
                f"let a param hold the ARN: `param {name[:1].lower()}{name[1:]}Arn` and `{{ arn {name[:1].lower()}{name[1:]}Arn }}`",
            )


def _one_name_each(plan: Plan, report: Report) -> None:
    """Parameters and resources share one space of names in a template."""
    taken = {p.resource.id: f"the resource `{p.resource.id}` of `{p.owner}`" for p in plan.placed}
    taken |= {a.parameter: f"the parameter for the code of `{a.function}`" for a in plan.archives}
    for parameter in plan.parameters:
        if parameter.name in taken:
            report.error(
                "IFC602",
                f"the param `{parameter.name}` has the name of {taken[parameter.name]}",
                parameter.span,
                "taken in the template",
                "give the param another name",
            )


def _limits(plan: Plan, content: str, report: Report) -> None:
    counts: dict[str, int] = {}
    for placed in plan.placed:
        counts[placed.resource.cfn_type] = counts.get(placed.resource.cfn_type, 0) + 1
    parameters = len(plan.parameters) + len(plan.archives) + 2
    for amount, most, what in (
        (len(plan.placed), MAX_RESOURCES, "resources"),
        (parameters, MAX_PARAMETERS, "parameters"),
        (len(plan.outputs), MAX_OUTPUTS, "outputs"),
        (len(content.encode()), MAX_BYTES, "bytes"),
    ):
        if amount > most * NEARLY:
            top = sorted(counts.items(), key=lambda c: (-c[1], c[0]))[:6]
            kinds = ", ".join(f"{n} {kind.removeprefix('AWS::')}" for kind, n in top)
            found = f"the template has {amount:,} {what}, and CloudFormation takes {most:,}"
            if amount > most:
                report.diagnostics.append(Diagnostic("IFC604", found, help=f"split the app into several; it has {kinds}"))
            elif plan.app.span is not None:
                report.warning("IFC538", found, plan.app.span, "nearly full", f"split the app before it is full; it has {kinds}")
