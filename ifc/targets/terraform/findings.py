"""What is found in a configuration when it is written: what Terraform or its provider would make another thing of."""

from __future__ import annotations

from ifc.aws.awslambda import Alias
from ifc.aws.secretsmanager import Secret
from ifc.diagnostics import Report
from ifc.plan import Plan, Statement
from ifc.targets.empty import nothing
from ifc.targets.lists import wrong_lists
from ifc.targets.lua import no_lua
from ifc.targets.policies import too_long
from ifc.targets.terraform.blocks import Blocks, Written
from ifc.targets.terraform.hcl import inserted
from ifc.targets.terraform.values import Values
from ifc.values import Value, leaves

# The types whose names are unique in an account and region, and the argument that holds the name.
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


def report_findings(plan: Plan, blocks: Blocks, values: Values, report: Report) -> None:
    """Reports what Terraform or its provider would make another thing of, or refuse."""
    ids = {w.address: w.placed.resource.id for w in blocks.written}
    wrong_lists(plan, {name: ids.get(address, plan.app.name) for name, address in values.wrong_lists.items()}, report)
    nothing(plan, report)
    no_lua(plan, "Terraform", report)
    report.diagnostics += plan.clashes
    _variables_of_iam(plan, report)
    _other_spellings(blocks, values)
    _unresolved(plan, blocks, values)
    _empty_secrets(plan, report)
    _traffic(plan, report)
    _names(blocks, values, report)
    too_long(plan, report)


def _empty_secrets(plan: Plan, report: Report) -> None:
    """Warns of secrets whose value CloudFormation would make up: in Terraform it would lie in the state."""
    for placed in plan.placed:
        resource = placed.resource
        if isinstance(resource, Secret) and resource.value is None:
            report.warning(
                "IFC623",
                f"Terraform makes up no value for the secret `{placed.owner}`: it is empty until one is written",
                plan.app.resources[placed.owner].declared.span,
                "no value",
                f"give it a secret param, `param token {{ secret }}` and `secret {placed.owner} token`, or write a value once: "
                "`aws secretsmanager put-secret-value`",
            )


def _traffic(plan: Plan, report: Report) -> None:
    """Warns of functions whose traffic an apply leaves where it is."""
    for placed in plan.placed:
        if isinstance(placed.resource, Alias) and placed.resource.group is not None:
            report.warning(
                "IFC371",
                f"an apply publishes the new code of `{placed.owner}` and moves no traffic to it",
                plan.app.resources[placed.owner].place("deploy"),
                "not by Terraform",
                "run `ifc deploy --target terraform`, which moves it after the apply, or start a CodeDeploy deployment yourself",
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


def _other_spellings(blocks: Blocks, values: Values) -> None:
    """Warns of texts that arrive with other characters, once for each declaration."""
    owners = {w.address: w.placed.owner for w in blocks.written}
    for owner in dict.fromkeys(owners.get(address, "") for address in values.other_spellings):
        _warn(
            "IFC626",
            owner,
            "has characters that Terraform writes in another way",
            "composed otherwise",
            "write letters with accents as one character each (Unicode's normal form NFC)",
            values,
        )


def _unresolved(plan: Plan, blocks: Blocks, values: Values) -> None:
    """Warns of dynamic references, which only CloudFormation resolves; what is laid over a block is for Terraform alone."""
    texts: list[tuple[str, Value]] = [(w.placed.owner, (w.block.content, w.placed.resource.tags)) for w in blocks.written]
    texts += [("", (plan.app.tags, [output.value for output in plan.outputs]))]
    found = (owner for owner, text in texts if any(isinstance(leaf, str) and "{{resolve:" in leaf for leaf in leaves(text)))
    for owner in dict.fromkeys(found):
        _warn(
            "IFC629",
            owner,
            "has a `{{resolve:…}}`, which only CloudFormation resolves",
            "stays as it is",
            'write `ssm "/path"` for a value in SSM; a secret is read by the code',
            values,
        )


def _warn(code: str, owner: str, problem: str, label: str, help: str, values: Values) -> None:
    """Warns of a text of a declaration, or of the app where the owner is ""."""
    span = values.span(owner) if owner else values.plan.app.span
    if span is not None:
        values.report.warning(code, f"a text of {f'`{owner}`' if owner else 'the app'} {problem}", span, label, help)


def _names(blocks: Blocks, values: Values, report: Report) -> None:
    """Reports resources of one type that would have one physical name: one of them was made from its declared name."""
    taken: dict[tuple[str, str], Written] = {}
    for written in blocks.written:
        name = blocks.contents[written.address].get(NAMED.get(written.block.type, ""))
        if not isinstance(name, str) or not written.main:
            continue
        # As the user would write it.
        name = name.replace(inserted("var.prefix"), values.plan.app.prefix).replace("${local.", "${aws.")
        # IAM keeps the case of a name and does not look at it (IAM user guide, IAM and STS quotas).
        key = written.block.type, name.lower() if written.block.type == "aws_iam_role" else name
        before = taken.setdefault(key, written)
        if before is not written:
            one, other = before.placed.owner, written.placed.owner
            report.error(
                "IFC624",
                f"`{one}` and `{other}` would have one name in Terraform: `{name}`",
                values.span(other),
                "this one",
                "rename one of them, or give it another `name`",
            )
