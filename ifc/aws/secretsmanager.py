"""Secrets (Secrets Manager)."""

from __future__ import annotations

from ifc.plan import Block, Expression, Resource, planned
from ifc.values import Value

GENERATED_LENGTH = 32


@planned
class Secret(Resource):
    """A secret; without a value one is generated, once: CloudFormation leaves it alone as long as nothing here changes."""

    cfn_type = "AWS::SecretsManager::Secret"
    terraform_type = "aws_secretsmanager_secret"
    terraform_file = "secrets"
    replaces = ("Name",)
    name_limit = 512
    attributes = {"arn": (None, "arn")}
    tagged = "list"
    stateful = True

    name: Value = None
    description: str | None = None
    value: Value = None
    key: Value = None  # a customer key instead of the account's key for secrets

    def cfn(self) -> dict[str, Value]:
        # Punctuation is left out, since a value is often pasted into a URL or a shell.
        generated = {"ExcludePunctuation": True, "PasswordLength": GENERATED_LENGTH}
        return {
            "Name": self.name,
            "Description": self.description,
            "SecretString": self.value,
            "GenerateSecretString": generated if self.value is None else None,
            "KmsKeyId": self.key,
        }

    def terraform(self) -> tuple[Block, ...]:
        main = self.block(
            name=self.name or self.made_name(),
            description=self.description,
            kms_key_id=self.key,
            # Or its name, which is fixed here, would stay taken for 30 days.
            recovery_window_in_days=None if self.keep else 0,
        )
        if self.value is None:
            return (main,)
        # Written, but never read back and never in the state; a number made from the value tells when there is a new one.
        version = Block(
            type="aws_secretsmanager_secret_version",
            content={
                "secret_id": self.part(self.terraform_type, "id"),
                "secret_string_wo": self.value,
                "secret_string_wo_version": Expression(parts=("parseint(substr(sha256(", self.value, "), 0, 6), 16)")),
            },
        )
        return main, version
