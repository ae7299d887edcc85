"""The plan's values as Terraform writes them: texts as templates, references by address."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ifc.diagnostics import Report
from ifc.model.app import Parameter
from ifc.model.scope import snake
from ifc.plan import PREFIX, Expression, Part, Plan, Resource, suffixed
from ifc.source import Span
from ifc.targets.terraform.hcl import escaped, inserted, inside, quoted
from ifc.values import TEXTS, Attr, Commas, Joined, Json, Lookup, Param, Piece, Pseudo, Value, between_quotes, composed, json_parts, wholes

LOOKUPS = {"ssm": ("aws_ssm_parameter", "insecure_value"), "exported": ("aws_cloudformation_export", "value")}


class Values:
    """Writes values, and remembers what they brought: references by the address that is written now, data sources, oddities."""

    def __init__(self, plan: Plan, report: Report) -> None:
        self.plan, self.report = plan, report
        self.resources: Mapping[str, Resource] = {p.resource.id: p.resource for p in plan.placed}
        self.params: Mapping[str, Parameter] = {p.name: p for p in plan.parameters}
        self.labels = {id: plan.label(resource) for id, resource in self.resources.items()}
        self.printing = ""  # the address that is written now
        self.argument = ""  # the argument of it
        self.needs: dict[str, set[str]] = {}  # what each address refers to
        self.holds: dict[str, set[str]] = {}  # what each argument refers to, by its address: other arguments, or `var.…` of a secret
        self.known: set[str] = set()  # names of `local`s that are used
        self.lookups: dict[str, dict[str, Value]] = {}  # data sources of values that are read at deployment, by address
        self.prefixed = False  # whether a name begins with the prefix
        self.told: set[tuple[str, str]] = set()  # attributes of raw resources that are reported
        self.other_spellings: list[str] = []  # addresses with texts that Terraform changes
        self.wrong_lists: dict[str, str] = {}  # list params where one value is wanted, and where

    def at(self, address: str, argument: str = "") -> None:
        """Says what is written from now on: a block, or "" for what stands beside the blocks, and its argument."""
        self.printing, self.argument = address, argument

    # --- a value ---

    def value(self, value: Value) -> Any:
        """A value of the plan as JSON data, its texts as templates; None inside is left out."""
        if isinstance(value, str):
            return escaped(self.noted(value)) if "{" in value or not value.isascii() else value
        if isinstance(value, bool | int | float) or value is None:
            return value
        if isinstance(value, Mapping):
            return {escaped(key): self.value(part) for key, part in value.items() if part is not None}
        if isinstance(value, list | tuple):
            lists = [part.name for part in value if self.is_list(part)]
            if lists and all(isinstance(part, (*TEXTS, Expression, Part)) for part in value):
                parts = ", ".join(self.expression(part) for part in value)
                return inserted(f"flatten([{parts}])" if value[1:] else parts)
            for name in lists:
                self.wrong_lists.setdefault(name, self.printing)
            return [self.value(part) for part in value]
        return self.json(value.content) if isinstance(value, Json) else self.template(value)

    def template(self, value: Value) -> str:
        """A value as a text with its expressions inserted."""
        return "".join(inserted(text) if is_expression else escaped(self.noted(text)) for text, is_expression in self.pieces(value))

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

    # --- references ---

    def label(self, id: str, suffix: str) -> str:
        """What one of a resource's blocks is called, after its type."""
        return suffixed(self.labels[id], suffix)

    def address(self, part: Part) -> str:
        """What refers to one of a resource's blocks."""
        label = part.label or self.label(part.id, part.suffix)
        return f"{'data.' if part.data else ''}{part.type}.{label}"

    def attribute(self, value: Attr) -> Iterator[tuple[str, bool]]:
        """An attribute as fixed parts and expressions; what it belongs to is remembered as needed."""
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
        from ifc.targets.terraform.arguments import attributes

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
        """The expression of a value that is read in every plan; its data source is remembered."""
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

    def span(self, owner: str) -> Span:
        """Where a declaration stands."""
        resources = self.plan.app.resources
        span = resources[owner].declared.span if owner in resources else self.plan.app.span
        if span is None:
            raise KeyError(owner)
        return span

    # --- JSON in a text ---

    def json(self, content: Value) -> str:
        """JSON text as a template; what is known only at deployment is made JSON then."""
        return "".join(
            escaped(part) if not is_value else self.template(part) if isinstance(part, Expression) else self.text(part)
            for part, is_value in json_parts(content)
        )

    def text(self, part: Value) -> str:
        """A value in JSON: as it stands between quotes, or, where its text may hold anything, encoded."""
        if all(self.is_plain(one) for one in wholes(part)):
            return f'"{self.template(between_quotes(part))}"'
        expression = self.expression(Commas(part) if self.is_list(part) else part)
        plain = not isinstance(part, Param) or part.name not in self.params or self.params[part.name].type in ("string", "list")
        return inserted(f"jsonencode({expression})" if plain else f"jsonencode(tostring({expression}))")

    # --- what a value is ---

    def is_plain(self, value: Value) -> bool:
        """Whether a value never has a quote or a line's end in it: names and ARNs that AWS makes."""
        if isinstance(value, Attr):
            return not self.resources[value.id].raw and value.attribute != "value"
        return isinstance(value, str | Pseudo | Part) or value == PREFIX

    def is_list(self, value: Value) -> bool:
        """Whether a value is a list param."""
        return isinstance(value, Param) and value.name in self.params and self.params[value.name].type == "list"

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

    def noted(self, text: str) -> str:
        """A fixed text, which is noted."""
        self.note(text)
        return text

    def note(self, text: str) -> None:
        """Remembers where a text stands that Terraform writes with other characters."""
        if not composed(text):
            self.other_spellings.append(self.printing)
