"""What is declared, by the names, ARNs and addresses that code uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from ifc.records import record

ENDPOINT = "${endpoint}"  # stands in the description for the endpoint's address


@record
class Declared:
    """A declared thing: its name in the .ifc file, and what the description says of it."""

    name: str
    entry: Mapping[str, Any]

    @property
    def physical(self) -> str:
        """Its name on AWS."""
        return str(self.entry["name"])

    @property
    def arn(self) -> str:
        """Its ARN."""
        return str(self.entry["arn"])


class Directory:
    """Finds what is declared."""

    def __init__(self, description: Mapping[str, Any], address: str) -> None:
        self.description = description
        self.address = address
        self.account = str(description.get("account", "000000000000"))
        self.region = str(description.get("region", "us-east-1"))
        self.functions = self._section("functions")
        self.queues = self._section("queues")
        self.topics = self._section("topics")
        self.buses = self._section("buses")
        self.streams = self._section("streams")
        self.tables = self._section("tables")
        self.secrets = self._section("secrets")

    def _section(self, section: str) -> dict[str, Declared]:
        """What a section declares, by physical name."""
        return {str(entry["name"]): Declared(name, entry) for name, entry in self.description.get(section, {}).items()}

    def arn(self, service: str, region: str, resource: str) -> str:
        """The ARN of something that need not exist."""
        return f"arn:aws:{service}:{region}:{self.account}:{resource}"

    def queue(self, url: str) -> Declared | None:
        """The queue at a URL; its name alone will do, as it does for SQS."""
        return self.queues.get(queue_name(url))

    def queue_url(self, queue: Declared) -> str:
        """The URL of a queue; SDKs send to its host, so it is the endpoint's."""
        return str(queue.entry["url"]).replace(ENDPOINT, self.address)

    def named(self, section: Mapping[str, Declared], name_or_arn: str) -> Declared | None:
        """What has a physical name or an ARN."""
        if name_or_arn.startswith("arn:"):
            return next((d for d in section.values() if d.arn == name_or_arn), None)
        return section.get(name_or_arn)

    def called(self, section: Mapping[str, Declared], name: str) -> Declared | None:
        """What is declared under a name."""
        return next((d for d in section.values() if d.name == name), None)


def queue_name(url: str) -> str:
    """The queue's name in its URL."""
    try:
        path = urlsplit(url).path if "://" in url else url
    except ValueError:  # a broken address is nobody's
        path = ""
    return unquote(path.rstrip("/").rpartition("/")[2])
