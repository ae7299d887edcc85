"""Tables (DynamoDB)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.plan import Block, Resource, planned
from ifc.values import Value

PROJECTIONS = {"all": "ALL", "keys": "KEYS_ONLY", "some": "INCLUDE"}
VIEWS = {"new": "NEW_IMAGE", "old": "OLD_IMAGE", "new-and-old": "NEW_AND_OLD_IMAGES", "keys": "KEYS_ONLY"}


@planned
class Index:
    """A secondary index: its key attributes, and what it copies beside the keys."""

    name: str
    key: tuple[str, ...]
    projects: str = "all"  # "all", "keys" or "some"
    attributes: tuple[str, ...] = ()  # with "some"


@planned
class Table(Resource):
    cfn_type = "AWS::DynamoDB::Table"
    terraform_type = "aws_dynamodb_table"
    terraform_file = "tables"
    replaces = ("KeySchema", "LocalSecondaryIndexes", "TableName")
    name_limit = 255
    attributes = {"name": (None, "name"), "arn": ("Arn", "arn"), "stream-arn": ("StreamArn", "stream_arn")}
    tagged = "list"
    stateful = True

    name: Value = None
    types: Mapping[str, str]  # of the attributes of all keys and no others: DynamoDB refuses a definition that no key uses
    key: tuple[str, ...]
    indexes: tuple[Index, ...] = ()
    local_indexes: tuple[Index, ...] = ()
    capacity: tuple[Value, Value] | None = None  # reads and writes a second; None: on demand
    ttl: str | None = None  # the attribute
    view: str | None = None  # what the stream holds; None: no stream
    backup: bool = True  # to any second of the last 35 days
    managed_key: bool = False  # the account's own `aws/dynamodb` key
    customer_key: Value = None

    def cfn(self) -> dict[str, Value]:
        encryption: dict[str, Value] | None = {"SSEEnabled": True} if self.managed_key else None
        if self.customer_key is not None:
            encryption = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": self.customer_key}
        return {
            "TableName": self.name,
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": type} for name, type in sorted(self.types.items())],
            "KeySchema": _schema(self.key),
            "GlobalSecondaryIndexes": [{**_index(i), "ProvisionedThroughput": self._throughput()} for i in self.indexes] or None,
            "LocalSecondaryIndexes": [_index(i) for i in self.local_indexes] or None,
            "BillingMode": "PROVISIONED" if self.capacity else "PAY_PER_REQUEST",
            "ProvisionedThroughput": self._throughput(),
            "TimeToLiveSpecification": {"AttributeName": self.ttl, "Enabled": True} if self.ttl else None,
            "StreamSpecification": {"StreamViewType": VIEWS[self.view]} if self.view else None,
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": self.backup},
            # Left out, the key is DynamoDB's own, which costs nothing; a table is encrypted in any case.
            "SSESpecification": encryption,
            "DeletionProtectionEnabled": self.keep,
        }

    def terraform(self) -> tuple[Block, ...]:
        capacity = {"read_capacity": self.capacity[0], "write_capacity": self.capacity[1]} if self.capacity else {}
        encrypted = self.managed_key or self.customer_key is not None
        main = self.block(
            name=self.name or self.made_name(),
            billing_mode="PROVISIONED" if self.capacity else "PAY_PER_REQUEST",
            **capacity,
            hash_key=self.key[0],
            range_key=self.key[1] if self.key[1:] else None,
            stream_enabled=True if self.view else None,
            stream_view_type=VIEWS[self.view] if self.view else None,
            deletion_protection_enabled=self.keep,
            attribute=[{"name": name, "type": type} for name, type in sorted(self.types.items())],
            global_secondary_index=[
                {
                    "name": i.name,
                    "key_schema": [{"attribute_name": key["AttributeName"], "key_type": key["KeyType"]} for key in _schema(i.key)],
                    **_projection(i),
                    **capacity,
                }
                for i in self.indexes
            ]
            or None,
            local_secondary_index=[{"name": i.name, "range_key": i.key[1], **_projection(i)} for i in self.local_indexes] or None,
            # What is switched off is written too: without these blocks the provider leaves it as it was.
            ttl={"attribute_name": self.ttl, "enabled": True} if self.ttl else {"enabled": False},
            point_in_time_recovery={"enabled": self.backup},
            server_side_encryption={"enabled": encrypted, "kms_key_arn": self.customer_key},
        )
        return (main,)

    def _throughput(self) -> dict[str, Value] | None:
        return {"ReadCapacityUnits": self.capacity[0], "WriteCapacityUnits": self.capacity[1]} if self.capacity else None


def _schema(key: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(key, ("HASH", "RANGE"), strict=False)]


def _index(index: Index) -> dict[str, Any]:
    return {
        "IndexName": index.name,
        "KeySchema": _schema(index.key),
        "Projection": {"ProjectionType": PROJECTIONS[index.projects], "NonKeyAttributes": list(index.attributes) or None},
    }


def _projection(index: Index) -> dict[str, Any]:
    return {"projection_type": PROJECTIONS[index.projects], "non_key_attributes": list(index.attributes) or None}
