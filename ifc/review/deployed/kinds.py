"""Every kind of thing that is deployed, and which blocks of Terraform's belong together."""

from __future__ import annotations

from ifc.review.deployed import apis, functions, messages, operations, stores
from ifc.review.deployed.apis import INTEGRATION, INTEGRATION_RESPONSE, METHOD_RESPONSE, METHOD_SETTINGS
from ifc.review.deployed.functions import ATTACHMENT, PROVISIONED, ROLE_POLICY
from ifc.review.deployed.messages import REDRIVE, TARGET
from ifc.review.deployed.stores import ACCESS, LIFECYCLE, NOTIFICATION, S3, VERSION, VERSIONS

KINDS = (*functions.KINDS, *messages.KINDS, *stores.KINDS, *apis.KINDS, *operations.KINDS)
BY_CFN = {kind.cfn: kind for kind in KINDS}
BY_TERRAFORM = {kind.terraform: kind for kind in KINDS}
BY_NAME = {kind.name: kind for kind in KINDS}

# The blocks that belong to another one: the argument that names it, those that must agree with it, and whether there may be several.
PARTS: dict[str, tuple[str, str, tuple[str, ...], bool]] = {
    ROLE_POLICY: ("role", "role", (), True),
    ATTACHMENT: ("role", "role", (), True),
    PROVISIONED: ("alias", "qualifier", ("function_name",), False),
    TARGET: ("rule", "rule", (), False),
    REDRIVE: ("queue", "queue_url", (), False),
    **{
        f"{S3}_{end}": ("bucket", "bucket", (), False)
        for end in (
            "server_side_encryption_configuration",
            "ownership_controls",
            "public_access_block",
            "versioning",
            "lifecycle_configuration",
            "cors_configuration",
            "website_configuration",
            "notification",
        )
    },
    INTEGRATION: ("rest method", "http_method", ("rest_api_id", "resource_id"), False),
    METHOD_RESPONSE: ("rest method", "http_method", ("rest_api_id", "resource_id"), True),
    INTEGRATION_RESPONSE: ("rest method", "http_method", ("rest_api_id", "resource_id"), True),
    METHOD_SETTINGS: ("rest stage", "stage_name", ("rest_api_id",), True),
    VERSION: ("secret", "secret_id", (), False),
}
# The block that waits for what the whole thing waits for, where it is not the main one: S3 and EventBridge try what these say.
WAITING = {"bucket": NOTIFICATION, "rule": TARGET}
# Blocks of one bucket of which the second must wait for the first (AWS provider, aws_s3_bucket_lifecycle_configuration; S3 refuses a
# policy for everyone as long as they are blocked).
ONE_AFTER_THE_OTHER = ((VERSIONS, LIFECYCLE), (ACCESS, f"{S3}_policy"))
RAW = "resource"  # the kind of what the user writes in the words of the target
