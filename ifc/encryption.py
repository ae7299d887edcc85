"""How a resource is encrypted: with a key of the service's own, with the account's key of that service, or with a customer's."""

from __future__ import annotations

from ifc.model.types import Choice, Either, Flag, Pattern, String, anything, is_word
from ifc.values import Value

KMS = "kms"  # the account's key of the service: `alias/aws/…`
KEY_ARN = Pattern(r"arn:[^:]+:kms:[^:]+:\d+:key/.+", "the ARN of a KMS key (permissions on a key can't name its alias)")


def encryption(*words: str) -> Either:
    """The type of a setting that takes some of `on`, `off` and `kms`, or a key's ARN."""
    said = ", ".join(f"`{w}`" for w in words)
    flags = tuple(w for w in words if w != KMS)
    switches = {"on": ("on", "true"), "off": ("off", "false")}
    return Either(
        (is_word(*(w for flag in flags for w in switches[flag])), Flag()),
        (is_word(*(w for w in words if w == KMS)), Choice(KMS)),
        (anything, String(f"{said} or a key's ARN", KEY_ARN)),
    )


def customer_key(chosen: Value) -> Value:
    """The ARN of a customer's key, or None for the other choices."""
    return None if isinstance(chosen, bool) or chosen == KMS else chosen
