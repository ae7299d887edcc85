"""config: a value that code looks up while it runs (SSM Parameter Store)."""

from __future__ import annotations

from ifc.aws import ssm
from ifc.diagnostics import Report
from ifc.model.app import Access, App, Context, Resource
from ifc.model.settings import setting, settings
from ifc.model.types import AnyValue, Pattern, String
from ifc.plan import PREFIX, Lowering
from ifc.records import evolve
from ifc.values import Attr, Joined, Lookup, Param, Pseudo, Ref, Value, joined, leaves

# Systems Manager user guide, About requirements and constraints for parameter names
NAME = Pattern(
    r"(?:/[\w.-]+){1,15}|[\w.-]{1,1011}", "a parameter's name (letters, digits and `_.-`, or a path of such that begins with `/`)"
)
MOST_BYTES = 4096  # of a standard parameter
PUBLIC = "/aws/service/"  # parameters of AWS's own, which belong to no account


@settings
class Config(Resource):
    kind = "config"
    doc = "a value that code looks up while it runs (SSM Parameter Store)"
    example = "config Limit 10"
    rank = 56
    attributes = {"name": "physical name", "arn": "ARN", "value": "the value at the deployment"}
    address = ("CONFIG", "name")
    arn_shape = ("ssm", "parameter")
    verbs = {
        "reads": (Access(actions=("ssm:GetParameter", "ssm:GetParameters")),),
        "writes": (Access(actions=("ssm:PutParameter",)),),
    }

    value: Value = setting(AnyValue(), positional=True, needed=True, doc="what it holds")
    physical: Value = setting(String("a name in quotes", NAME), word="name", doc="its physical name", derived="`/prefix/Name`")

    # --- the model ---

    def complete(self, app: App, context: Context) -> Resource:
        self.check_name(context.report)
        if self.extern:
            return self
        self.check_value(app, context.report)
        return evolve(self, physical=self.physical or None)

    @property
    def beginning(self) -> Value:
        """How its physical name begins: an ARN has a slash of its own before a name without one."""
        name = self.extern.name if self.extern else self.physical
        if not name:
            return "/"
        return name.parts[0] if isinstance(name, Joined) else name

    def check_name(self, report: Report) -> None:
        """Reports a name that SSM refuses, or from which no ARN can be made."""
        begin = self.beginning
        if self.extern is None and any(isinstance(leaf, Ref) for leaf in leaves(self.physical)):
            report.error(
                "IFC311",
                "roles write the name of a config out, and this one is known only at deployment",
                self.place("physical"),
                "not known now",
                "make the name of text and params",
            )
        elif not isinstance(begin, str):
            report.error(
                "IFC346",
                "whether this name begins with `/` is known only at deployment, and its ARN depends on it",
                self.place("physical"),
                "begins with a reference",
                'begin the name with text: `"/${name}"`',
            )
        elif self.extern is None and begin.lower().lstrip("/").startswith(("aws", "ssm")):
            report.error(
                "IFC346",
                "names that begin with `aws` or `ssm` are AWS's own",
                self.place("physical"),
                "taken",
                "begin the name with another word",
            )

    def check_value(self, app: App, report: Report) -> None:
        """Reports a value that a parameter can't hold."""
        value, span = self.value, self.place("value")
        for leaf in leaves(value):
            if isinstance(leaf, Param) and leaf.name in app.parameters and app.parameters[leaf.name].secret:
                report.error(
                    "IFC345",
                    f"the secret param `{leaf.name}` would stand readable in the config `{self.name}`",
                    span,
                    "is secret",
                    f"write `secret {self.name} {leaf.name}`, which is encrypted",
                )
        if value is None or value == "":
            report.error(
                "IFC346", "a config can't be empty", span, "nothing in it", "leave it out, or write a word that stands for nothing"
            )
        elif isinstance(value, str) and len(value.encode()) > MOST_BYTES:
            report.error(
                "IFC346",
                f"a config holds {MOST_BYTES:,} bytes, and this value has {len(value.encode()):,}",
                span,
                "too long",
                "put it into a bucket, or into the archive of the code",
            )

    # --- the plan ---

    def text(self) -> Value:
        """The value as the text that a parameter holds."""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return str(self.value) if isinstance(self.value, int | float) else self.value

    def attribute(self, name: str, lowering: Lowering) -> Value:
        if name == "value" and self.extern:
            return Lookup("ssm", self.attribute("name", lowering))
        if name == "name" and self.extern and self.extern.name is None:
            return lowering.value(self.extern.arn)  # what reads a parameter takes its ARN for a name too
        return self.arn_of(Attr(self.id, "name")) if name == "arn" and not self.extern else super().attribute(name, lowering)

    def literal(self, name: str, lowering: Lowering) -> Value:
        # Its value may name a function; a role or an environment that referred to the parameter would close a circle then.
        if self.extern:
            return self.attribute(name, lowering)
        if name == "value":
            return lowering.literal(self.text())
        physical = joined("/", PREFIX, "/", self.base_name) if self.physical is None else lowering.literal(self.physical)
        return physical if name == "name" else self.arn_of(physical)

    def arn_of(self, name: Value) -> Value:
        begin = str(self.beginning)
        account = "" if begin.startswith(PUBLIC) else Pseudo("account")
        slash = "" if begin.startswith("/") else "/"
        return joined("arn:", Pseudo("partition"), ":ssm:", Pseudo("region"), ":", account, ":parameter", slash, name)

    def lower(self, lowering: Lowering) -> None:
        lowering.add(
            ssm.Parameter(
                id=self.id,
                name=joined("/", PREFIX, "/", self.base_name) if self.physical is None else lowering.value(self.physical),
                description=self.declared.description,
                value=lowering.value(self.text()),
                tags=self.tags,
            ),
            self.name,
        )
