"""The folder: one file a kind of resource, and what every configuration has beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.diagnostics import Report
from ifc.model.scope import snake
from ifc.plan import Plan, suffixed
from ifc.records import record
from ifc.targets.terraform.blocks import Blocks
from ifc.targets.terraform.findings import report_findings
from ifc.targets.terraform.hcl import inserted, json_text
from ifc.targets.terraform.order import depends_on
from ifc.targets.terraform.values import Values
from ifc.targets.terraform.variables import outputs, variables

PROVIDER = ">= 6.40, < 7.0"  # indexes have key_schema since about 6.29; the next major version may change anything
# Write-only arguments came with 1.11 (Terraform language, Use write-only arguments); nothing else is newer than 1.5.
TERRAFORM, TERRAFORM_WRITE_ONLY = ">= 1.5", ">= 1.11"
LOCALS = {
    "account": ("aws_caller_identity", "account_id"),
    "partition": ("aws_partition", "partition"),
    "region": ("aws_region", "region"),
    "suffix": ("aws_partition", "dns_suffix"),
}


@record
class Backend:
    """Where the state is kept, in the user's words: `--backend s3 bucket=… key=…`."""

    type: str
    settings: Mapping[str, str]


class Printer:
    """Prints one plan; the folder is its `files`, by name."""

    def __init__(self, plan: Plan, report: Report, backend: Backend | None = None) -> None:
        self.plan, self.report, self.backend = plan, report, backend
        self.values = Values(plan, report)
        self.blocks = Blocks(plan, self.values, report)
        self.files = self.built()

    def built(self) -> dict[str, Any]:
        """The content of each file, by name; files without content are left out."""
        # Blocks and outputs first: they tell which variables, data sources and short names there are.
        kinds = self.kinds()
        outs = outputs(self.plan, self.values, self.report)
        provider = self.provider()
        # `//` is a comment (Terraform language, JSON Configuration Syntax): a configuration has no description of its own.
        said = "Written by ifc: change the .ifc source, not this folder."
        comment = {"//": f"{self.plan.app.description} ({said})" if self.plan.app.description else said}
        ordered: dict[str, Any] = {
            "versions": {**comment, "terraform": self.versions()},
            "provider": {"provider": {"aws": provider}},
            "variables": {"variable": variables(self.plan, self.values, self.report)},
            **kinds,
            "outputs": {"output": outs},
            "data": self.data(),
            "moved": {"moved": self.moved()},
        }
        return {f"{name}.tf.json": content for name, content in ordered.items() if any(content.values())}

    def kinds(self) -> dict[str, Any]:
        """The files of resources and of the data sources that only they read."""
        contents = self.blocks.contents
        contents |= {written.address: self.blocks.content(written) for written in self.blocks.written}
        for address, needed in depends_on(self.plan, self.blocks.written, self.values, self.report).items():
            own = contents[address].get("depends_on", [])
            own = own if isinstance(own, list) else [own]
            contents[address]["depends_on"] = [*own, *(other for other in needed if other not in own)]
        files: dict[str, dict[str, Any]] = {}
        for written in self.blocks.written:
            file = files.setdefault(written.placed.resource.terraform_file, {})
            section = file.setdefault("data" if written.block.data else "resource", {})
            section.setdefault(written.block.type, {})[written.label] = contents[written.address]
        return {
            name: {section: files[name][section] for section in ("data", "resource") if section in files[name]} for name in sorted(files)
        }

    def versions(self) -> dict[str, Any]:
        """What the configuration needs, and where its state is."""
        write_only = any("secret_string_wo" in w.block.content for w in self.blocks.written)
        found: dict[str, Any] = {
            "required_version": TERRAFORM_WRITE_ONLY if write_only else TERRAFORM,
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": PROVIDER}},
        }
        if self.backend is not None:
            found["backend"] = {self.backend.type: dict(self.backend.settings)}
        return found

    def provider(self) -> dict[str, Any]:
        """The region, and the tags that are on everything."""
        self.values.at("")
        tags = {key: value for key, value in self.blocks.tags.items() if key not in self.blocks.late_tags}
        # A stage that names its account is held to it, whoever runs terraform.
        account = [self.plan.app.account] if self.plan.app.account else None
        found = {
            "region": self.plan.app.region,
            "allowed_account_ids": account,
            "default_tags": {"tags": {key: self.values.value(tags[key]) for key in sorted(tags)}},
        }
        return {key: value for key, value in found.items() if value is not None}

    def data(self) -> dict[str, Any]:
        """What is read of the account, and the short names for it."""
        sources: dict[str, Any] = {}
        for name in sorted(self.values.known):
            sources[LOCALS[name][0]] = {"this": {}}
        for address in sorted(self.values.lookups):
            _, type, label = address.split(".")
            sources.setdefault(type, {})[label] = self.values.lookups[address]
        locals = {name: inserted(f"data.{LOCALS[name][0]}.this.{LOCALS[name][1]}") for name in sorted(self.values.known)}
        return {key: value for key, value in {"data": dict(sorted(sources.items())), "locals": locals}.items() if value}

    def moved(self) -> list[dict[str, str]]:
        """Where everything of a renamed declaration was before."""
        found = []
        for written in self.blocks.written:
            resource = written.placed.resource
            if resource.id not in self.plan.newer or written.block.data:
                continue
            before = suffixed(snake(resource.stem), written.block.suffix)
            if before != written.label:
                found.append({"from": f"{written.block.type}.{before}", "to": written.address})
        return sorted(found, key=lambda m: m["to"])


def render(plan: Plan, report: Report, backend: Backend | None = None) -> dict[str, str]:
    """The files of this target, by name; what Terraform can't say is an error."""
    return {name: json_text(content) + "\n" for name, content in printed(plan, report, backend).items()}


def printed(plan: Plan, report: Report, backend: Backend | None = None) -> dict[str, Any]:
    """The content of each file, by name; what Terraform can't say is an error."""
    printer = Printer(plan, report, backend)
    report_findings(plan, printer.blocks, printer.values, report)
    return printer.files
