"""Terraform: the plan as a folder in JSON configuration syntax, one file a kind of resource."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ifc.diagnostics import Report
from ifc.model.app import Output, Overlay, Parameter
from ifc.model.scope import snake
from ifc.model.types import laid_over, taken_out
from ifc.plan import PREFIX, PREFIX_LIMIT, Block, Expression, Part, Placed, Plan, Resource, Statement
from ifc.records import named, record
from ifc.source import Span
from ifc.targets.circles import circles
from ifc.targets.hcl import escaped, inserted, inside, json_text, quoted
from ifc.targets.policies import too_long
from ifc.values import Attr, Commas, Joined, Json, Lookup, Param, Piece, Pseudo, Value, between_quotes, composed, leaves, wholes

PROVIDER = ">= 6.40, < 7.0"  # below, indexes of tables have no key_schema; the next major version may change anything
# Write-only arguments came with 1.11 (Terraform language, Use write-only arguments); everything else is older than 1.5.
TERRAFORM, TERRAFORM_WRITE_ONLY = ">= 1.5", ">= 1.11"
LOCALS = {
    "account": ("aws_caller_identity", "account_id"),
    "partition": ("aws_partition", "partition"),
    "region": ("aws_region", "region"),
    "suffix": ("aws_partition", "dns_suffix"),
}
TYPES = {"string": "string", "number": "number", "flag": "bool", "list": "list(string)"}
LOOKUPS = {"ssm": ("aws_ssm_parameter", "insecure_value"), "exported": ("aws_cloudformation_export", "value")}
# The types whose names are unique in an account, and the argument that holds the name.
NAMED = {
    **dict.fromkeys(
        (
            "aws_cloudwatch_event_archive",
            "aws_cloudwatch_event_bus",
            "aws_cloudwatch_log_group",
            "aws_dynamodb_table",
            "aws_iam_role",
            "aws_kinesis_stream",
            "aws_secretsmanager_secret",
            "aws_sns_topic",
            "aws_sqs_queue",
            "aws_ssm_parameter",
        ),
        "name",
    ),
    "aws_lambda_function": "function_name",
    "aws_s3_bucket": "bucket",
}
# Names that a variable can't have (Terraform language, Input Variables), and those that every configuration of ours has.
RESERVED = {
    **dict.fromkeys(
        ("source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"), "is a word of Terraform's own there"
    ),
    "code": "holds the archives of the functions",
    "prefix": "holds the start of every name",
}


@record
class Backend:
    """Where the state is kept, in the user's words: `--backend s3 bucket=… key=…`."""

    type: str
    settings: Mapping[str, str]


@named
class Written:
    """A block with its place in the configuration."""

    placed: Placed
    block: Block
    label: str
    main: bool

    @property
    def address(self) -> str:
        """What refers to it."""
        return f"{'data.' if self.block.data else ''}{self.block.type}.{self.label}"


class Printer:
    """Prints one plan; the folder is its `files`, by name."""

    def __init__(self, plan: Plan, report: Report, backend: Backend | None = None) -> None:
        self.plan, self.report, self.backend = plan, report, backend
        self.resources: Mapping[str, Resource] = {p.resource.id: p.resource for p in plan.placed}
        self.params: Mapping[str, Parameter] = {p.name: p for p in plan.parameters}
        self.printing = ""  # the address that is printed now
        self.needs: dict[str, set[str]] = {}  # what each address refers to
        self.argument = ""  # the argument of it
        self.holds: dict[str, set[str]] = {}  # what each argument refers to, by its address: other arguments, or `var.…` of a secret
        self.known: set[str] = set()  # names of `local`s that are used
        self.lookups: dict[str, dict[str, Value]] = {}  # data sources of values that are read at deployment, by address
        self.prefixed = False
        self.wrong_lists: dict[str, str] = {}
        self.told: set[tuple[str, str]] = set()  # attributes of raw resources that are reported
        self.other_spellings: list[str] = []  # addresses with texts that Terraform changes
        self.unresolved: list[str] = []  # addresses with texts that only CloudFormation would resolve
        self.tags = {"app": plan.app.name, **plan.app.tags}
        # What only the provider can find out can't be one of its own settings, so those tags are on each resource.
        self.late_tags = {
            key for key, value in self.tags.items() if not all(isinstance(part, str | Param | Commas) for part in wholes(value))
        }
        self.labels = {id: plan.label(resource) for id, resource in self.resources.items()}
        self.written = list(self.placing())
        self.files = self.built()

    # --- the folder ---

    def placing(self) -> Iterator[Written]:
        """Every block and where it goes; what several resources share comes once."""
        taken: dict[str, Written] = {}
        for placed in self.plan.placed:
            blocks = placed.resource.terraform()
            self.absent(placed, [block.type for block in blocks if not block.data and not block.suffix])
            for block in blocks:
                label = block.label or self.label(placed.resource.id, block.suffix)
                found = Written(
                    placed=placed,
                    block=block,
                    label=label,
                    main=not block.data and block.type == placed.resource.terraform_type and not block.suffix,
                )
                before = taken.setdefault(found.address, found)
                if before is found:
                    yield found
                elif block.label is None or repr(block.content) != repr(before.block.content):
                    self.collision(before, found)

    def label(self, id: str, suffix: str) -> str:
        return suffixed(self.labels[id], suffix)

    def absent(self, placed: Placed, types: list[str]) -> None:
        """Reports what the user laid over a block that a resource does not become."""
        for overlay in placed.overlays:
            if overlay.target == "terraform" and overlay.type and overlay.type not in types:
                self.report.error(
                    "IFC625",
                    f"`{placed.owner}` becomes no `{overlay.type}` in Terraform",
                    overlay.span,
                    "nothing to lay it over",
                    f'there is {", ".join(f"`{type}`" for type in dict.fromkeys(types))}; for a part write `terraform part "type" {{ … }}`',
                )

    def collision(self, one: Written, other: Written) -> None:
        owners = sorted({one.placed.owner, other.placed.owner})
        self.report.error(
            "IFC602",
            f"`{owners[0]}` and `{owners[-1]}` both become `{one.address}`"
            if owners[1:]
            else f"two parts of `{owners[0]}` both become `{one.address}`",
            self.span(owners[-1]),
            "this one",
            "Terraform's names are written in small letters, so let the names differ in more than their case",
        )

    def span(self, owner: str) -> Span:
        """Where a declaration stands."""
        resources = self.plan.app.resources
        span = resources[owner].declared.span if owner in resources else self.plan.app.span
        if span is None:
            raise KeyError(owner)
        return span

    def built(self) -> dict[str, Any]:
        files: dict[str, dict[str, Any]] = {}
        for written in self.written:
            file = files.setdefault(written.placed.resource.terraform_file, {})
            section = file.setdefault("data" if written.block.data else "resource", {})
            section.setdefault(written.block.type, {})[written.label] = self.content(written)
        self.order(files)
        outputs = self.outputs()
        variables = self.variables()
        provider = self.provider()
        ordered: dict[str, Any] = {name: {s: files[name][s] for s in ("data", "resource") if s in files[name]} for name in sorted(files)}
        # `//` is a comment (Terraform language, JSON Configuration Syntax): a configuration has no description of its own.
        comment = {"//": self.plan.app.description} if self.plan.app.description else {}
        ordered = {
            "versions": {**comment, "terraform": self.versions()},
            "provider": {"provider": {"aws": provider}},
            "variables": {"variable": variables} if variables else {},
            **ordered,
            "outputs": {"output": outputs} if outputs else {},
            "data": self.data(),
            "moved": {"moved": self.moved()},
        }
        return {f"{name}.tf.json": content for name, content in ordered.items() if any(content.values())}

    def versions(self) -> dict[str, Any]:
        wanted = any("secret_string_wo" in w.block.content for w in self.written)
        found: dict[str, Any] = {
            "required_version": TERRAFORM_WRITE_ONLY if wanted else TERRAFORM,
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": PROVIDER}},
        }
        if self.backend is not None:
            found["backend"] = {self.backend.type: dict(self.backend.settings)}
        return found

    def provider(self) -> dict[str, Any]:
        self.printing = ""
        tags = {key: value for key, value in self.tags.items() if key not in self.late_tags}
        found = {"region": self.plan.app.region, "default_tags": {"tags": {key: self.value(tags[key]) for key in sorted(tags)}}}
        return {key: value for key, value in found.items() if value is not None}

    def data(self) -> dict[str, Any]:
        """What is read of the account, and the short names for it."""
        sources: dict[str, Any] = {}
        for name in sorted(self.known):
            sources[LOCALS[name][0]] = {"this": {}}
        for address in sorted(self.lookups):
            _, type, label = address.split(".")
            sources.setdefault(type, {})[label] = self.lookups[address]
        locals = {name: inserted(f"data.{LOCALS[name][0]}.this.{LOCALS[name][1]}") for name in sorted(self.known)}
        return {key: value for key, value in {"data": dict(sorted(sources.items())), "locals": locals}.items() if value}

    def moved(self) -> list[dict[str, str]]:
        """Where everything of a renamed declaration was before."""
        found = []
        for written in self.written:
            resource = written.placed.resource
            if resource.id not in self.plan.newer or written.block.data:
                continue
            before = suffixed(snake(resource.stem), written.block.suffix)
            if before != written.label:
                found.append({"from": f"{written.block.type}.{before}", "to": written.address})
        return sorted(found, key=lambda m: m["to"])

    # --- variables and outputs ---

    def variables(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.prefixed:
            found["prefix"] = {
                "description": "Start of every physical name",
                "type": "string",
                "default": self.plan.app.prefix,
                "nullable": False,
                "validation": [
                    {
                        "condition": inserted(
                            f'length(var.prefix) <= {PREFIX_LIMIT} && can(regex("^[a-z][a-z0-9-]*[a-z0-9]$", var.prefix))'
                        ),
                        "error_message": f"Small letters, digits and dashes, {PREFIX_LIMIT} at most.",
                    }
                ],
            }
        if self.plan.archives:
            found["code"] = {
                "description": "The archive of each function, from this folder, and the digest of what is in it",
                "type": "map(object({ filename = string, source_code_hash = string }))",
                "nullable": False,
            }
        for parameter in self.plan.parameters:
            name = snake(parameter.name)
            if name in RESERVED:
                self.report.error(
                    "IFC620",
                    f"the param `{parameter.name}` becomes the variable `{name}`, which {RESERVED[name]}",
                    parameter.span,
                    "taken in Terraform",
                    "give the param another name",
                )
                continue
            found[name] = self.variable(name, parameter)
        return found

    def variable(self, name: str, parameter: Parameter) -> dict[str, Any]:
        # A description and a default are no templates: what is written is what is meant.
        default = parameter.default
        if parameter.type == "list" and default is not None:
            # CloudFormation trims what stands between commas (user guide, Parameters syntax reference).
            default = [part.strip() for part in default.split(",")] if isinstance(default, str) else list(default)
        elif parameter.type == "string" and default is not None:
            default = str(default)
        shape = {
            "description": parameter.description,
            "type": TYPES[parameter.type],
            "default": default,
            "sensitive": True if parameter.secret else None,
            "nullable": False,
            "validation": [
                {"condition": inserted(test), "error_message": escaped(said)} for test, said in self.tests(f"var.{name}", parameter)
            ]
            or None,
        }
        return {key: value for key, value in shape.items() if value is not None}

    def tests(self, name: str, parameter: Parameter) -> Iterator[tuple[str, str]]:
        """What a value must pass, and what is said of one that doesn't."""
        low, high = parameter.low, parameter.high

        def each(test: Callable[[str], str]) -> str:
            return f"alltrue([for one in {name} : {test('one')}])" if parameter.type == "list" else test(name)

        if parameter.one_of:
            values = ", ".join(quoted(v) if isinstance(v, str) else str(v).lower() for v in parameter.one_of)
            said = ", ".join(str(v) for v in parameter.one_of)
            yield each(lambda one: f"contains([{values}], {one})"), f"One of {said}."
        if low is not None or high is not None:
            bounds = [f"{name} >= {low}"] * (low is not None) + [f"{name} <= {high}"] * (high is not None)
            said = (
                f"From {low} to {high}."
                if low is not None and high is not None
                else f"{low} or more."
                if high is None
                else f"At most {high}."
            )
            yield " && ".join(bounds), said
        if parameter.pattern is not None:
            from ifc.targets.re2 import re2  # only patterns need it

            known, unknown = re2(parameter.pattern)
            if unknown:
                self.report.error(
                    "IFC621",
                    f"Terraform tests values with RE2, which has no `{unknown}`",
                    parameter.span,
                    "its pattern",
                    "write the pattern without looking around, looking back and possessive repeats",
                )
            pattern = quoted(f"^(?:{known})$")
            yield each(lambda one: f"can(regex({pattern}, {one}))"), f"It must match {parameter.pattern}"

    def outputs(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        owners: dict[str, Output] = {}
        for output in self.plan.outputs:
            name = snake(output.name)
            if name in owners:
                self.report.error(
                    "IFC620",
                    f"the outputs `{owners[name].name}` and `{output.name}` both become `{name}`",
                    output.span,
                    "taken in Terraform",
                    "give the output another name",
                )
                continue
            owners[name] = output
            if output.export is not None:
                self.report.error(
                    "IFC622",
                    f"Terraform exports nothing under a name: `{output.name}` is an output and no more",
                    output.span,
                    "has `export`",
                    "leave `export` out and read the output with `terraform_remote_state`, or keep the value in a `config`",
                )
            self.printing, self.argument = "", f"output.{name}"
            shape = {
                "description": output.description,
                "value": self.value(output.value),
                "sensitive": self.is_secret(self.argument) or None,
            }
            found[name] = {key: value for key, value in shape.items() if value is not None}
        return found

    # --- blocks ---

    def content(self, written: Written) -> dict[str, Any]:
        """A block as Terraform wants it, with what the user laid over it."""
        placed, resource, block = written.placed, written.placed.resource, written.block
        self.printing = written.address
        self.needs[written.address] = set()
        content: dict[str, Any] = {}
        for name, value in block.content.items():
            if value is not None:
                self.argument = f"{written.address}.{name}"
                content[name] = self.value(value)
        if not resource.raw:
            self.single_values(resource.id, block.content)
        tags = {**({key: self.tags[key] for key in self.late_tags} if resource.tagged else {}), **resource.tags}
        if resource.raw and tags and not self.takes_tags(written):
            tags = {}
        if written.main and tags and (resource.tagged or resource.raw):
            content["tags"] = {key: self.value(tags[key]) for key in sorted(tags)}
        lifecycle = {
            "create_before_destroy": True if block.replaced_before else None,
            "prevent_destroy": True if written.main and (resource.keep or resource.shared) else None,
        }
        lifecycle = {key: value for key, value in lifecycle.items() if value}
        if lifecycle:
            content["lifecycle"] = lifecycle
        overlays = self.laid(written)
        for overlay in overlays:
            self.check(block.type, overlay)
            content = taken_out(laid_over(content, self.value(overlay.content)), overlay.content)
        if resource.raw and overlays:
            from ifc.targets.arguments import check_raw

            check_raw(block.type, content, overlays[0].span, self.report)
        elif resource.raw:
            self.report.error(
                "IFC347",
                f"nothing says what `{placed.owner}` is for Terraform",
                self.span(placed.owner),
                "no type",
                'write `terraform "aws_type" { … }` with its type and arguments',
            )
        return content

    def is_secret(self, argument: str) -> bool:
        """Whether an argument holds a secret param, by itself or by what it refers to: Terraform shows no such output."""
        reached: set[str] = set()
        waiting = [argument]
        while waiting:
            one = waiting.pop()
            if one not in reached:
                reached.add(one)
                waiting += self.holds.get(one, ())
        return any(one.startswith("var.") for one in reached)

    def check(self, type: str, overlay: Overlay) -> None:
        from ifc.targets.arguments import check_names  # only what the user writes in Terraform's words needs the provider's

        check_names(type, overlay.content, overlay, self.report)

    def takes_tags(self, written: Written) -> bool:
        """Whether the type of a raw resource has tags; reported where it has none."""
        from ifc.targets.arguments import arguments

        known = arguments(written.block.type)
        if known is None or "tags" in known:
            return True
        owner = self.plan.app.resources[written.placed.owner]
        origin = owner.origins.get("tags")
        span = origin.span if origin is not None and origin.span is not None else owner.declared.span
        self.report.error("IFC349", f"{written.block.type} has no tags", span, "can't be applied", "take them out")
        return False

    def laid(self, written: Written) -> list[Overlay]:
        """What the user laid over a block: over the one that is named, else over the one that stands for the resource."""
        overlays = [o for o in written.placed.overlays if o.target == "terraform"]
        return [
            o for o in overlays if (o.type or written.placed.resource.terraform_type) == written.block.type and not written.block.suffix
        ]

    def single_values(self, id: str, content: Mapping[str, Value]) -> None:
        """Notes list params that stand where one value is wanted: what takes several has a list there."""
        for part in content.values():
            if self.is_list(part):
                self.wrong_lists.setdefault(part.name, id)
            for inner in part if isinstance(part, list | tuple) else (part,):
                if isinstance(inner, Mapping):
                    self.single_values(id, inner)

    def order(self, files: Mapping[str, Any]) -> None:
        """Writes `depends_on` where references don't say it."""
        ends = self.ends()
        policies: dict[str, list[str]] = {}  # of a role, by its address
        for written in self.written:
            if written.block.type in ("aws_iam_role_policy", "aws_iam_role_policy_attachment"):
                policies.setdefault(f"aws_iam_role.{self.labels[written.placed.resource.id]}", []).append(written.address)
        wanted: dict[str, set[str]] = {}
        for written in self.written:
            resource, block = written.placed.resource, written.block
            if block.data:
                continue
            after = {a for part in block.after for a in (ends[part.id] if not part.type else [self.address(part)])}
            if written.main and resource.terraform_type != "aws_s3_bucket":
                after |= {a for id in resource.after for a in ends.get(id, ())}
            for role in self.needs[written.address] & policies.keys():
                # What is made with a role is tried out at once, so the role's permissions come first.
                if self.labels[resource.id] != role.partition(".")[2] or resource.terraform_type != "aws_iam_role":
                    after |= set(policies[role])
            if after:
                wanted[written.address] = after
        every = {w.address: self.needs[w.address] | wanted.get(w.address, set()) for w in self.written}
        circles(self.plan, every, self.owners(), self.report)
        for written in self.written:
            needed = sorted(self.unsaid(written.address, wanted))
            if needed:
                self.needs[written.address] |= set(needed)
                section = files[written.placed.resource.terraform_file]["data" if written.block.data else "resource"]
                content = section[written.block.type][written.label]
                own = content.get("depends_on", [])
                own = own if isinstance(own, list) else [own]
                content["depends_on"] = [*own, *(address for address in needed if address not in own)]

    def owners(self) -> dict[str, str]:
        """The declaration of each address."""
        return {w.address: w.placed.owner for w in self.written}

    def ends(self) -> dict[str, list[str]]:
        """The blocks of each resource that no other block of it refers to: who waits for them waits for all of it."""
        found: dict[str, list[str]] = {}
        for written in self.written:
            found.setdefault(written.placed.resource.id, []).append(written.address)
        for id, addresses in found.items():
            inner = {need for address in addresses for need in self.needs[address]}
            found[id] = [a for a in addresses if a not in inner and not a.startswith("data.")]
        return found

    def unsaid(self, address: str, wanted: Mapping[str, set[str]]) -> set[str]:
        """What a block must wait for and would not by what it refers to, directly or through others."""
        after = wanted.get(address, set()) - {address}
        if not after:
            return after
        reached: set[str] = set()
        # Its own references, and what those and the ones it waits for need in turn.
        waiting = [*self.needs[address]]
        for other in after:
            waiting += [*self.needs.get(other, ()), *wanted.get(other, ())]
        while waiting:
            one = waiting.pop()
            if one not in reached:
                reached.add(one)
                waiting += [*self.needs.get(one, ()), *wanted.get(one, ())]
        return after - reached

    # --- values ---

    def value(self, value: Value) -> Any:
        """A value of the plan as JSON data, its texts as templates; None inside is left out."""
        if isinstance(value, str):
            return escaped(self.noted(value)) if "{" in value or not value.isascii() else value
        if isinstance(value, bool | int | float) or value is None:
            return value
        if isinstance(value, Mapping):
            return {escaped(key): self.value(part) for key, part in value.items() if part is not None}
        if isinstance(value, list | tuple):
            if any(self.is_list(part) for part in value):
                parts = ", ".join(self.expression(part) for part in value)
                return inserted(f"flatten([{parts}])" if value[1:] else parts)
            return [self.value(part) for part in value]
        return self.json(value.content) if isinstance(value, Json) else self.template(value)

    def template(self, value: Value) -> str:
        return "".join(inserted(text) if is_expression else escaped(self.noted(text)) for text, is_expression in self.pieces(value))

    def noted(self, text: str) -> str:
        """A fixed text; what Terraform makes of it, or does not, is remembered."""
        if not composed(text):
            self.other_spellings.append(self.printing)
        if "{{resolve:" in text:
            self.unresolved.append(self.printing)
        return text

    def expression(self, value: Value) -> str:
        """A value as an expression."""
        if isinstance(value, bool | int | float):
            return json.dumps(value)
        pieces = list(self.pieces(value))
        if len(pieces) == 1 and pieces[0][1]:
            return pieces[0][0]
        return '"' + "".join(inserted(text) if is_expression else inside(self.noted(text)) for text, is_expression in pieces) + '"'

    def pieces(self, value: Value) -> Iterator[tuple[str, bool]]:
        """A text as its fixed parts and the expressions between, each with whether it is one."""
        if isinstance(value, str):
            yield value, False
        elif isinstance(value, bool | int | float):
            yield json.dumps(value), False
        elif isinstance(value, Joined):
            for part in value.parts:
                yield from self.pieces(Commas(part) if self.is_list(part) else part)
        elif isinstance(value, Attr):
            yield from self.attribute(value)
        elif isinstance(value, Param):
            self.prefixed |= value == PREFIX
            if value.name in self.params and self.params[value.name].secret:
                self.holds.setdefault(self.argument, set()).add(f"var.{value.name}")
            yield f"var.{snake(value.name)}", True
        elif isinstance(value, Pseudo):
            self.known.add(value.name)
            yield f"local.{value.name}", True
        elif isinstance(value, Part):
            address = self.address(value)
            self.needs.setdefault(self.printing, set()).add(address)
            yield f"{address}.{value.attribute}", True
        elif isinstance(value, Expression):
            yield "".join(p if isinstance(p, str) else self.expression(p) for p in value.parts), True
        elif isinstance(value, Piece):
            yield f"split({quoted(value.separator)}, {self.expression(value.text)})[{value.index}]", True
        elif isinstance(value, Commas):
            yield f'join(",", {self.expression(value.parameter)})', True
        elif isinstance(value, Lookup):
            yield self.lookup(value), True
        elif isinstance(value, Json):
            # It stands in a text of its own nowhere but in a template that is all of it.
            raise TypeError("JSON text within another text")
        else:
            raise TypeError(f"no expression for {value!r}")

    def is_plain(self, value: Value) -> bool:
        """Whether a value never has a quote or a line's end in it: names and ARNs that AWS makes."""
        if isinstance(value, Attr):
            return not self.resources[value.id].raw
        return isinstance(value, str | Pseudo | Part) or value == PREFIX

    def is_list(self, value: Value) -> bool:
        return isinstance(value, Param) and value.name in self.params and self.params[value.name].type == "list"

    def address(self, part: Part) -> str:
        label = part.label or self.label(part.id, part.suffix)
        return f"{'data.' if part.data else ''}{part.type}.{label}"

    def attribute(self, value: Attr) -> Iterator[tuple[str, bool]]:
        resource, label = self.resources[value.id], self.labels[value.id]
        spelled = resource.attributes.get(value.attribute, (None, snake(value.attribute)))[1]
        if resource.raw:
            self.check_attribute(resource, value.attribute, spelled)
        if "${" not in spelled:
            self.needs.setdefault(self.printing, set()).add(f"{resource.terraform_type}.{label}")
            self.holds.setdefault(self.argument, set()).add(f"{resource.terraform_type}.{label}.{spelled}")
            yield f"{resource.terraform_type}.{label}.{spelled}", True
            return
        for index, text in enumerate(re.split(r"\$\{(.*?)\}", spelled)):
            if index % 2:
                written = text.replace("@", label)
                self.needs.setdefault(self.printing, set()).add(written.rpartition(".")[0])
                yield written, True
            elif text:
                yield text, False

    def check_attribute(self, resource: Resource, attribute: str, spelled: str) -> None:
        """Reports an attribute of a raw resource that its type does not have in Terraform, once."""
        from ifc.diagnostics import near  # only raw resources need these
        from ifc.targets.arguments import attributes

        known = attributes(resource.terraform_type)
        if known is None or re.split(r"[.\[]", spelled)[0] in known or (resource.id, attribute) in self.told:
            return
        self.told.add((resource.id, attribute))
        owner = next(p.owner for p in self.plan.placed if p.resource is resource)
        close = near(spelled, known) or "…"
        self.report.error(
            "IFC627",
            f"{resource.terraform_type} has no attribute `{spelled}`, which `{owner}.{attribute}` would be",
            self.span(owner),
            "this resource",
            f'say what it is called in Terraform: `attributes {{ {attribute} "{close}" }}`',
        )

    def lookup(self, value: Lookup) -> str:
        type, attribute = LOOKUPS[value.source]
        address = f"data.{type}.{self.called(value.key)}"
        self.lookups[address] = {"name": self.value(value.key)}
        return f"{address}.{attribute}"

    def called(self, key: Value) -> str:
        """The label of what is read under a key: its words, and a digest where other keys have the same words."""
        pieces = list(self.pieces(key))
        words = "_".join(re.findall(r"[A-Za-z0-9]+", " ".join(text.partition(".")[2] if known else text for text, known in pieces))).lower()
        if words[:1].isalpha() and not words.startswith("at_") and pieces == [("/" + words.replace("_", "/"), False)]:
            return words
        from hashlib import sha256  # only few keys need it

        digest = sha256(repr(pieces).encode()).hexdigest()[:6]
        return f"{words}_{digest}" if words[:1].isalpha() else f"at_{words}_{digest}"

    def json(self, content: Value) -> str:
        """JSON text as a template, with sorted keys and no blanks; what is known only at deployment is made JSON then."""
        marks: list[str] = []

        def mark(part: Value) -> Any:
            if isinstance(part, Mapping):
                return {key: mark(value) for key, value in part.items()}
            if isinstance(part, list | tuple):
                return [mark(value) for value in part]
            if isinstance(part, str) and "\0" in part:
                part = Joined((part,))  # a mark is told by the character that is in this text
            if isinstance(part, str | int | float | bool) or part is None:
                return part
            marks.append(self.template(part) if isinstance(part, Expression) else self.text(part))
            return f"\0{len(marks) - 1}\0"

        marked = mark(content)
        text = json.dumps(marked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if not composed(text):
            text = json.dumps(marked, sort_keys=True, separators=(",", ":"))
        pieces = re.split(r'"\\u0000(\d+)\\u0000"', text)
        return "".join(marks[int(piece)] if index % 2 else escaped(piece) for index, piece in enumerate(pieces))

    def text(self, part: Value) -> str:
        """A value in JSON: as it stands between quotes, or, where its text may hold anything, encoded."""
        if all(self.is_plain(one) for one in wholes(part)):
            return f'"{self.template(between_quotes(part))}"'
        expression = self.expression(Commas(part) if self.is_list(part) else part)
        plain = not isinstance(part, Param) or part.name not in self.params or self.params[part.name].type in ("string", "list")
        return inserted(f"jsonencode({expression})" if plain else f"jsonencode(tostring({expression}))")


def suffixed(label: str, suffix: str) -> str:
    """The label of one of several blocks: two underscores, which no declared name has, keep it apart from all others."""
    return f"{label}__{snake(suffix)}" if suffix else label


def render(plan: Plan, report: Report, backend: Backend | None = None) -> dict[str, str]:
    """The files of this target, by name; what Terraform can't say is an error."""
    printer = Printer(plan, report, backend)
    for name, id in printer.wrong_lists.items():
        report.error(
            "IFC612",
            f"the list param `{name}` stands where `{id}` wants one value",
            printer.params[name].span,
            "a list",
            'write it into a text, where its values are joined by commas: `"${NAME}"`'.replace("NAME", name),
        )
    _variables_of_iam(plan, report)
    _texts(printer, report)
    _empty_secrets(plan, report)
    _names(printer, report)
    too_long(plan, report)
    return {name: json_text(content) + "\n" for name, content in printer.files.items()}


def _empty_secrets(plan: Plan, report: Report) -> None:
    """Warns of secrets whose value CloudFormation would make up: in Terraform it would lie in the state."""
    for placed in plan.placed:
        resource = placed.resource
        if resource.terraform_type == "aws_secretsmanager_secret" and getattr(resource, "value", None) is None:
            report.warning(
                "IFC623",
                f"Terraform makes up no value for the secret `{placed.owner}`: it is empty until one is written",
                plan.app.resources[placed.owner].declared.span,
                "no value",
                f"give it one of a param that is secret, `secret {placed.owner} {{ value … }}`, or write it once: "
                "`aws secretsmanager put-secret-value`",
            )


def _variables_of_iam(plan: Plan, report: Report) -> None:
    """Reports `&{` in policies, which the provider's policy documents take for `${` (aws_iam_policy_document), once a place."""
    told: set[tuple[object, ...]] = set()
    for placed in plan.placed:
        statements: tuple[Statement, ...] = getattr(placed.resource, "statements", ())
        for statement in statements:
            if not any(isinstance(leaf, str) and "&{" in leaf for leaf in leaves((*statement.resources, statement.condition or {}))):
                continue
            span = statement.why[0] if statement.why else plan.app.resources[placed.owner].declared.span
            if span.sort_key() not in told:
                told.add(span.sort_key())
                report.error(
                    "IFC628",
                    "Terraform's provider takes `&{` in a permission for `${`",
                    span,
                    "means another thing",
                    "choose another key or name",
                )


def _texts(printer: Printer, report: Report) -> None:
    """Warns of texts that arrive as something else than in CloudFormation, once for each declaration."""
    owners = {w.address: w.placed.owner for w in printer.written}
    for code, addresses, problem, label, help in (
        (
            "IFC626",
            printer.other_spellings,
            "has characters that Terraform writes in another way",
            "composed otherwise",
            "write letters with accents as one character each (Unicode's normal form NFC)",
        ),
        (
            "IFC629",
            printer.unresolved,
            "has a `{{resolve:…}}`, which only CloudFormation resolves",
            "stays as it is",
            'write `ssm "/path"` for a value in SSM; a secret is read by the code',
        ),
    ):
        for owner in dict.fromkeys(owners.get(address, "") for address in addresses):
            span = printer.span(owner) if owner else printer.plan.app.span
            if span is not None:
                report.warning(code, f"a text of {f'`{owner}`' if owner else 'the app'} {problem}", span, label, help)


def _names(printer: Printer, report: Report) -> None:
    """Reports resources of one type that would have one physical name: one of them was made from its declared name."""
    taken: dict[tuple[str, str], Written] = {}
    for written in printer.written:
        named = NAMED.get(written.block.type, "")
        if named not in written.block.content or not written.main:
            continue
        name = printer.template(written.block.content[named]).replace(inserted("var.prefix"), printer.plan.app.prefix)
        # IAM keeps the case of a name and does not look at it (IAM user guide, IAM and STS quotas).
        key = written.block.type, name.lower() if written.block.type == "aws_iam_role" else name
        before = taken.setdefault(key, written)
        if before is not written:
            one, other = before.placed.owner, written.placed.owner
            report.error(
                "IFC624",
                f"`{one}` and `{other}` would have one name in Terraform: `{name}`",
                printer.span(other),
                "this one",
                "rename one of them, or give it another `name`",
            )
