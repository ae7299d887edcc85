"""What deploy-time values are on this machine: one account, ARNs and names written out, addresses of the run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ifc.diagnostics import Report
from ifc.plan import PREFIX, Plan, Resource
from ifc.source import Span
from ifc.values import Attr, Commas, Joined, Json, Lookup, Param, Piece, Pseudo, Value, json_parts

ACCOUNT = "000000000000"
REGION = "us-east-1"  # of an app that names none
ENDPOINT, GATEWAY = "${endpoint}", "${gateway}"  # addresses that only a run knows
# What stands between `arn:aws:` and the name (Service Authorization Reference, resource types of each service).
ARNS = {
    "AWS::DynamoDB::Table": "dynamodb:{here}:table/",
    "AWS::Events::EventBus": "events:{here}:event-bus/",
    "AWS::Events::Rule": "events:{here}:rule/",
    "AWS::IAM::Role": "iam::{account}:role/",
    "AWS::Kinesis::Stream": "kinesis:{here}:stream/",
    "AWS::Lambda::Function": "lambda:{here}:function:",
    "AWS::Logs::LogGroup": "logs:{here}:log-group:",
    "AWS::S3::Bucket": "s3:::",
    "AWS::SNS::Topic": "sns:{here}:",
    "AWS::SQS::Queue": "sqs:{here}:",
    "AWS::Scheduler::ScheduleGroup": "scheduler:{here}:schedule-group/",
    "AWS::SecretsManager::Secret": "secretsmanager:{here}:secret:",
}


class Here:
    """Evaluates values of the plan; what can't be known here is reported once, where it is declared. With `hides` a text stands for each
    secret param, also for those that have a value."""

    def __init__(self, plan: Plan, report: Report, hides: bool = False) -> None:
        self.app = plan.app
        self.region = plan.app.region or REGION
        self._resources = {placed.resource.id: placed for placed in plan.placed}
        self._report, self._hides = report, hides
        self._told: set[object] = set()

    def __call__(self, content: Value) -> Any:
        """The value as JSON holds it: texts, numbers, flags, lists and objects."""
        if isinstance(content, Json):
            return "".join(self._inner(part) if late else part for part, late in json_parts(content.content))
        if isinstance(content, Joined):
            return "".join(self._text(part) for part in content.parts)
        if isinstance(content, Piece):
            pieces = self._text(content.text).split(content.separator)
            return pieces[content.index] if content.index < len(pieces) else ""
        if isinstance(content, Commas):
            return self._text(content)
        if isinstance(content, Lookup):
            return self._lookup(content)
        if isinstance(content, Param):
            return self.app.prefix if content == PREFIX else self._param(content.name)
        if isinstance(content, Pseudo):
            return {"region": self.region, "account": ACCOUNT, "partition": "aws", "suffix": "amazonaws.com"}[content.name]
        if isinstance(content, Attr):
            return self.attribute(content.id, content.attribute)
        if isinstance(content, Mapping):
            return {key: self(part) for key, part in content.items() if part is not None}
        if isinstance(content, tuple | list):
            return [self(part) for part in content]
        return content

    def text(self, content: Value) -> str | None:
        """The value as a variable of an environment holds it; None for none."""
        return None if content is None else self._text(content)

    def _text(self, content: Value) -> str:
        found = self(content.parameter if isinstance(content, Commas) else content)
        if isinstance(found, list):
            return ",".join(map(str, found))
        return ("true" if found else "false") if isinstance(found, bool) else str(found)

    def _inner(self, content: Value) -> str:
        """A value that stands for a text of JSON, with its quotes."""
        import json  # only JSON with deploy-time parts needs it

        return json.dumps(self._text(content), ensure_ascii=False)

    # --- what only a deployment knows ---

    def _param(self, name: str) -> Any:
        parameter = self.app.parameters[name]
        if parameter.secret and self._hides:
            return f"secret-{name}"
        if parameter.default is None and parameter.secret:
            self._once(
                "IFC637",
                f"the secret param `{name}` has no value: the text `secret-{name}` stands for it here",
                parameter.span,
                "no value",
                f"give it to `ifc local` with `--param {name}=VALUE`, or a `secret` that takes it with `ifc local put SECRET VALUE`",
                warning=True,
            )
            return f"secret-{name}"
        if parameter.default is None:
            self._once(
                "IFC631",
                f"the param `{name}` has no value, and this target has no deployment that could ask for one",
                parameter.span,
                "no value",
                f"write `--param {name}=VALUE`, or give it a default",
            )
            return ""
        if parameter.type == "list":
            given = parameter.default
            return [part.strip() for part in given.split(",")] if isinstance(given, str) else list(given)
        return str(parameter.default) if parameter.type == "string" else parameter.default

    def _lookup(self, lookup: Lookup) -> str:
        """What stands for a value of the account: this machine has none, so its own address."""
        key = self._text(lookup.key)
        for placed in self._resources.values() if lookup.source == "ssm" else ():
            if placed.resource.cfn_type == "AWS::SSM::Parameter" and self.name(placed.resource) == key:
                return self._text(placed.resource.value)  # type: ignore[attr-defined]  # a Parameter
        if self.app.span is not None:
            self._once(
                "IFC632",
                f'`{lookup.source} "{key}"` is read at a deployment, and this target has none: the text `{lookup.source}:{key}` stands for it',
                self.app.span,
                "this app reads it",
                "let a param hold the value, and give it with `--param`",
                warning=True,
            )
        return f"{lookup.source}:{key}"

    def _once(self, code: str, message: str, span: Span, label: str, help: str, warning: bool = False) -> None:
        if message not in self._told:
            self._told.add(message)
            (self._report.warning if warning else self._report.error)(code, message, span, label, help)

    # --- resources of the plan ---

    def attribute(self, id: str, attribute: str) -> str:
        """An attribute of a resource of the plan."""
        placed = self._resources[id]
        resource = placed.resource
        name = self.name(resource)
        kind = resource.cfn_type if not resource.raw else ""
        if attribute == "name":
            return name
        if kind == "AWS::SQS::Queue" and attribute == "url":
            return f"{ENDPOINT}/{ACCOUNT}/{name}"
        if kind == "AWS::Lambda::Url":
            return f"{GATEWAY}/_url/{placed.owner}/"
        if kind == "AWS::ApiGatewayV2::Api" and attribute == "url":
            return f"{GATEWAY}{self.base(placed.owner)}"
        if kind == "AWS::SSM::Parameter" and attribute == "value":
            return self._text(resource.value)  # type: ignore[attr-defined]  # a Parameter
        if kind == "AWS::DynamoDB::Table" and attribute == "stream-arn":
            return f"{self._arn(kind, name)}/stream/2026-01-01T00:00:00.000"
        if kind == "AWS::S3::Bucket" and attribute in ("domain", "website-url"):
            return f"{ENDPOINT}/{name}"
        if attribute in ("arn", "streams") and kind in ARNS:
            return self._arn(kind, name) + (":*" if attribute == "streams" or kind == "AWS::Logs::LogGroup" else "")
        # Ids, and attributes of raw resources, which nothing here has: a text that tells what stood there.
        return f"local-{id}" if attribute in ("id", "root") else f"local-{id}-{attribute}"

    def _arn(self, kind: str, name: str) -> str:
        return "arn:aws:" + ARNS[kind].format(here=f"{self.region}:{ACCOUNT}", account=ACCOUNT) + name

    def name(self, resource: Resource) -> str:
        """The physical name of a resource of the plan: as given, or what Terraform would make."""
        given = getattr(resource, "name", None)
        if given is not None:
            return self._text(given)
        found = self._text(resource.made_name(".fifo" if getattr(resource, "fifo", False) else ""))
        return re.sub(r"[^a-z0-9.-]", "-", found.lower()) if resource.cfn_type == "AWS::S3::Bucket" else found

    def base(self, api: str) -> str:
        """The path before the routes of an api: none when the app has one api, else its name."""
        return f"/{api}" if sum(1 for _ in self.app.of_kind("api")) > 1 else ""
