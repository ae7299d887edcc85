"""secret: a value that nobody should see, for code that reads it (Secrets Manager)."""

from __future__ import annotations

import re

from ifc.aws import secretsmanager
from ifc.diagnostics import Report
from ifc.encryption import customer_key, encryption
from ifc.model.app import Access, App, Context, Grant, Resource
from ifc.model.settings import setting, settings
from ifc.model.types import Flag, Pattern, String
from ifc.plan import Lowering
from ifc.records import evolve
from ifc.values import Param, Value, leaves

NAME = Pattern(r"[A-Za-z0-9/_+=.@-]{1,512}", "a secret's name (letters, digits and `/_+=.@-`)")
# Secrets Manager ends each ARN in six characters of its own (user guide, What's in a Secrets Manager secret?).
ENDING, ANY_ENDING = re.compile(r"-[A-Za-z0-9]{6}"), "-??????"


@settings
class Secret(Resource):
    kind = "secret"
    doc = "a value that nobody should see, for code that reads it (Secrets Manager)"
    example = "secret Token token"
    rank = 54
    attributes = {"arn": "ARN"}
    address = ("SECRET_ARN", "arn")
    arn_shape = ("secretsmanager", "secret:")
    verbs = {"reads": (Access(actions=("secretsmanager:GetSecretValue",)),)}
    extern_settings = ("encryption",)
    stateful = True

    value: Value = setting(
        String("a secret param"),
        positional=True,
        doc="what it holds: a param with `secret`",
        derived="32 letters and digits, generated once; put in another value after the deployment",
    )
    physical: Value = setting(String("a name in quotes", NAME), word="name", doc="its physical name", derived="chosen at deployment")
    encryption: Value = setting(encryption("on"), True, doc="`on`: the account's key for secrets; or the ARN of a customer key")
    keep: bool | None = setting(
        Flag(),
        doc="it stays when it leaves the app; in Terraform, no plan removes it while it is declared",
        derived="`keep` of the app, which is on",
    )

    @property
    def customer_key(self) -> Value:
        """The customer key's ARN, or None."""
        return customer_key(self.encryption)

    def access(self, grant: Grant) -> tuple[Access, ...]:
        found = super().access(grant)
        if not self.extern:
            return found
        guessed = tuple(evolve(a, suffix=ANY_ENDING) for a in found)
        arn = self.extern.arn
        if arn is None:
            return guessed
        if not isinstance(arn, str):
            return (*found, *guessed)  # whether it has its ending is known only at deployment
        return found if ENDING.fullmatch(arn[-7:]) else guessed

    # --- the model ---

    def complete(self, app: App, context: Context) -> Resource:
        if self.extern:
            return self
        self.check_value(app, context.report)
        return evolve(
            self, physical=self.physical or None, value=self.value or None, keep=self.keep if isinstance(self.keep, bool) else app.keep
        )

    def check_value(self, app: App, report: Report) -> None:
        """Reports a value that others can read."""
        span = self.place("value")
        if isinstance(self.value, str):
            report.error(
                "IFC344",
                f"the value of `{self.name}` would stand in the source, where everyone reads it",
                span,
                "in the open",
                f"write `param token {{ secret }}` and `secret {self.name} token`, or put the value in after the deployment",
            )
            return
        params = [app.parameters[leaf.name] for leaf in leaves(self.value) if isinstance(leaf, Param) and leaf.name in app.parameters]
        if params and not any(p.secret for p in params):
            report.warning(
                "IFC344",
                f"the param `{params[0].name}` is shown to everyone who may see the deployment",
                span,
                "not secret",
                f"write `param {params[0].name} {{ secret }}`",
            )

    # --- the plan ---

    def lower(self, lowering: Lowering) -> None:
        lowering.add(
            secretsmanager.Secret(
                id=self.id,
                name=lowering.value(self.physical),
                description=self.declared.description,
                value=lowering.value(self.value),
                key=lowering.value(self.customer_key),
                keep=bool(self.keep),
                tags=self.tags,
            ),
            self.name,
        )
