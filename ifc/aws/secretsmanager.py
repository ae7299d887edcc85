"""Secrets (Secrets Manager)."""

from __future__ import annotations

from ifc.plan import Resource, planned
from ifc.values import Value

GENERATED_LENGTH = 32


@planned
class Secret(Resource):
    """A secret; without a value one is generated, once: CloudFormation leaves it alone as long as nothing here changes."""

    cfn_type = "AWS::SecretsManager::Secret"
    attributes = {"arn": None}
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
