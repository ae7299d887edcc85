"""A Terraform configuration in JSON, read as Terraform and its AWS provider do (Terraform language, JSON Configuration Syntax)."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ifc.review.deployed import policies
from ifc.review.deployed.apis import METHOD_SETTINGS
from ifc.review.deployed.form import (
    UNREADABLE,
    Commas,
    Encoded,
    Form,
    Key,
    Known,
    Lookup,
    NotUnderstood,
    Of,
    Order,
    Param,
    Piece,
    Record,
    Value,
    composed,
    text,
)
from ifc.review.deployed.functions import by_alias
from ifc.review.deployed.hcl import Tree, template
from ifc.review.deployed.kinds import BY_NAME, BY_TERRAFORM, ONE_AFTER_THE_OTHER, PARTS, RAW, WAITING
from ifc.review.deployed.names import structural
from ifc.review.deployed.reading import ARCHIVE, TERRAFORM, fields, plain

DOCUMENT = "aws_iam_policy_document"
PROVIDER = {"allowed_account_ids", "default_tags", "region"}  # what a provider block of ours says
NAMED = re.compile(r"(?:data\.)?\w+\.\w+")  # an address in an expression
LOOKUPS = {"aws_ssm_parameter": ("ssm", "insecure_value"), "aws_cloudformation_export": ("export", "value")}
KNOWN = {
    ("aws_region", "region"): "region",
    ("aws_caller_identity", "account_id"): "account",
    ("aws_partition", "partition"): "partition",
    ("aws_partition", "dns_suffix"): "suffix",
}
OWN_WORDS = "resources.tf.json"  # where the compiler writes what the user said in the words of the target
TYPES = {"string": "string", "number": "number", "bool": "flag", "list(string)": "list"}
CODE = "map(object({ filename = string, source_code_hash = string }))"
VALUES = "code.auto.tfvars.json"  # the values of the variable for code


class Configuration:
    """One folder: the content of its files by name, and of the values for its code."""

    target = TERRAFORM

    def __init__(self, files: Mapping[str, Any], archives: Mapping[str, str], raw: frozenset[str] = frozenset()) -> None:
        self.files, self.archives, self.raw = files, archives, raw  # an archive stands for the code of each function
        self.unknown: list[str] = []  # what nobody reads, a clause each
        self.blocks: dict[str, Any] = {}  # by address
        self._written: dict[str, dict[str, Any]] = {}  # of an address: it, and all that belongs to it
        self.locals: dict[str, Any] = {}
        self.variables: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}
        self.providers: list[Any] = []
        self.moved: dict[str, str] = {}  # the old address of a new one
        self.own: set[str] = set()  # addresses of what is in the user's own words
        self.used: set[str] = set()
        self.provider = ""  # its versions
        for name in sorted(files):
            self.read(name, files[name])
        self.own |= raw & self.blocks.keys()
        self.parts: dict[str, dict[str, list[str]]] = {}  # of an address: the blocks that belong to it, by type
        for address in self.blocks:
            type = address.partition(".")[0]
            if type not in PARTS or address in self.own:
                continue
            try:
                owner = self.owner(address, PARTS[type][1])
            except UNREADABLE:  # of something that is not in this folder: it stands for itself
                self.raw |= {address}
                self.own.add(address)
            else:
                self.parts.setdefault(owner, {}).setdefault(type, []).append(address)
                self.used.add("blocks")

    def read(self, name: str, file: dict[str, Any]) -> None:
        """Takes in one file."""
        for section, content in file.items():
            if section in ("resource", "data"):
                start = "data." if section == "data" else ""
                for type, labels in content.items():
                    for label, block in labels.items():
                        self.block(f"{start}{type}.{label}", block, name)
            elif section in ("variable", "output", "locals"):
                known = {"variable": self.variables, "output": self.outputs, "locals": self.locals}[section]
                for label, block in content.items():
                    self.add(known, label, block)
            elif section == "moved":
                for one in content:
                    self.add(self.moved, one["to"], one["from"])
                    self.used.add("renamed")
            elif section == "provider":
                self.providers += [content] if isinstance(content.get("aws"), dict) else self.several(content, name)
            elif section == "//":  # a comment
                continue
            elif section == "terraform" and isinstance(content, dict) and content.get("required_providers", {}).keys() == {"aws"}:
                self.version(**content["required_providers"]["aws"])
            else:
                self.unknown.append(f"`{section}` in {name}")

    def block(self, address: str, block: Any, name: str) -> None:
        """Takes in a block, which may stand in a list alone (Terraform language, JSON Configuration Syntax)."""
        found = block[0] if isinstance(block, list) and len(block) == 1 else block
        if not isinstance(found, dict):
            self.unknown.append(f"`{address}` in {name}")
            return
        self.add(self.blocks, address, found)
        self.own |= {address} if name == OWN_WORDS else set()

    def several(self, content: Mapping[str, Any], name: str) -> list[Any]:
        """The provider for AWS, of which there may be several; others are not read."""
        aws = content.get("aws")
        found = [one for one in aws if isinstance(one, dict) and "alias" not in one] if isinstance(aws, list) else []
        self.unknown += [f"provider `{other}` in {name}" for other in content if other != "aws"]
        return [{"aws": one} for one in found[:1]]

    def version(self, source: str = "", version: str = "") -> None:
        """Takes in which provider it is for."""
        if self.provider or source != "hashicorp/aws" or not re.match(r">= 6\.\d+, < 7", version):
            raise NotUnderstood(f"another provider: {source} {version}")
        self.provider = version

    @staticmethod
    def add(known: dict[str, Any], name: str, block: Any) -> None:
        """Takes in a block of a name that no other one may have."""
        if name in known:
            raise NotUnderstood(f"twice there: {name}")
        known[name] = block

    def form(self) -> Form:
        """All of it in the neutral form."""
        if self.unknown:
            raise NotUnderstood(f"not in a configuration: {self.unknown}")
        main = self.ids()
        found = [self.record(address) for address in main]
        if not self.provider:
            raise NotUnderstood("for no provider")
        if sorted(self.archives.values()) != sorted(r.fields["archive"] for r in found if "archive" in r.fields):
            raise NotUnderstood("not every archive is one function's")
        if bool(self.archives) is not ("code" in self.variables):
            raise NotUnderstood("no variable for code, or no code for it")
        found += [self.variable(name, shape) for name, shape in self.variables.items() if not (name == "code" and self.is_code(shape))]
        found += [self.output(name, shape) for name, shape in self.outputs.items()]
        self.check_moved()
        records = {record.key: record for record in found}
        if len(records) < len(found):
            raise NotUnderstood("two things of one name")
        self.names_differ(found)
        return Form(records, *self.order(main), frozenset(self.used))

    # --- as an Output reads it ---

    def ids(self) -> list[str]:
        """The addresses of what is deployed, without those that belong to another one."""
        return [a for a in self.blocks if not a.startswith("data.") and (a in self.own or a.partition(".")[0] not in PARTS)]

    def type(self, address: str) -> str:
        """The type of a resource."""
        return address.partition(".")[0]

    def written(self, address: str) -> Any:
        """A block as it stands with all that belongs to it and the policies that it reads, but for what it waits for."""
        if address in self._written:
            return self._written[address]
        found: dict[str, Any] = {}
        waiting = [address, *(one for all in self.parts.get(address, {}).values() for one in all)]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found[one] = {key: part for key, part in self.blocks[one].items() if key != "depends_on"}
                waiting += [other for other in self.referred(found[one]) if other.startswith("data.") and other in self.blocks]
        self._written[address] = found
        return found

    def others(self) -> list[Record]:
        """The region, the variables and the outputs; one in a shape of its own stands as it is."""
        regions = [one["aws"]["region"] for one in self.providers if isinstance(one, dict) and "region" in (one.get("aws") or {})]
        found = [Record("app", "app", {"region": region}) for region in regions[:1]]
        for name, shape in self.variables.items():
            if name != "code":
                try:
                    found.append(self.variable(name, shape))
                except UNREADABLE:
                    found.append(Record("param", plain(name), {"as it stands": shape}))
        for name, shape in self.outputs.items():
            try:
                found.append(self.output(name, shape))
            except UNREADABLE:
                found.append(Record("output", plain(name), {"value": shape}))
        return found

    def again(self, raw: Iterable[str]) -> Configuration:
        """The same with some blocks taken as they stand."""
        return Configuration(self.files, self.archives, self.raw | set(raw))

    def is_code(self, shape: Mapping[str, Any]) -> bool:
        """Whether a variable holds the archives of functions."""
        if {k: v for k, v in shape.items() if k != "description"} != {"type": CODE, "nullable": False}:
            raise NotUnderstood(f"the variable for code: {shape}")
        self.used.add("code")
        return True

    def names_differ(self, found: list[Record]) -> None:
        """Fails where two things of a kind have one name; IAM knows no case (IAM user guide, IAM and STS quotas)."""
        for kind in (kind for kind in BY_NAME.values() if kind.unique):
            names = [str(record.fields.get("name")) for record in found if record.kind == kind.name]
            names = [name.lower() for name in names] if kind.name == "role" else names
            if len(set(names)) < len(names):
                raise NotUnderstood(f"two of one name, or without one: {names}")

    # --- blocks ---

    def owner(self, address: str, argument: str) -> str:
        """The address of the block to which another one belongs, by the argument that names it."""
        kind = BY_NAME[PARTS[address.partition(".")[0]][0]]
        tree = template(self.blocks[address][argument])
        if tree[0] != "get" or len(tree[1]) != 3:
            raise NotUnderstood(f"{address} belongs to nothing: {self.blocks[address][argument]}")
        type, label, attribute = tree[1]
        other = f"{type}.{label}"
        if other not in self.blocks:
            raise NotUnderstood(f"a reference to nothing: {other}")
        return other if type == kind.terraform else self.owner(other, attribute)

    def key(self, address: str) -> Key:
        """What a block is called here."""
        type, _, label = self.moved.get(address, address).partition(".")
        if address in self.raw:
            return RAW, address
        if address in self.own:
            return RAW, plain(label)
        if type not in BY_TERRAFORM:
            raise NotUnderstood(f"unknown: {type}")
        content = self.blocks[address]
        kind = BY_TERRAFORM[type]
        return kind.name, structural(kind.name, lambda name: self.value(content[name]), TERRAFORM) or plain(label)

    def record(self, address: str) -> Record:
        """A block with all that belongs to it."""
        type = address.partition(".")[0]
        content = self.bare(address)
        lifecycle = dict(self.blocks[address].get("lifecycle", {}))
        found: dict[str, Value] = {"kept": True} if lifecycle.pop("prevent_destroy", False) else {}
        if found:
            self.used.add("kept")
        first = lifecycle.pop("create_before_destroy", None)
        if lifecycle:
            found["lifecycle"] = lifecycle
        if address in self.own:
            return Record(*self.key(address), found | {"type": type} | self.as_far(content))
        kind = BY_TERRAFORM[type]
        tags = content.pop("tags", {})
        if kind.tagged:
            found["tags"] = {**self.default_tags(), **self.value(tags)}
        elif tags:
            found["tags"] = self.value(tags)
        content = self.value(content) | ({} if first is None else {"~first": first})
        for part, addresses in self.parts.get(address, {}).items():
            joined = [self.part(one, address) for one in addresses]
            several = PARTS[part][3]
            if not several and len(joined) > 1:
                raise NotUnderstood(f"one overwrites the other: {addresses}")
            content[part] = joined if several else joined[0]
        if kind.shape_terraform is not None:
            kind.shape_terraform(content)
        content = {name: value for name, value in content.items() if not (name in PARTS and value == {})}
        return Record(*self.key(address), found | fields(content, kind.fields, TERRAFORM))

    def bare(self, address: str) -> dict[str, Any]:
        """The arguments of a block."""
        return {k: v for k, v in self.blocks[address].items() if k not in ("depends_on", "lifecycle")}

    def part(self, address: str, owner: str) -> Value:
        """A block that belongs to another one, without what says so."""
        _, argument, also, _ = PARTS[address.partition(".")[0]]
        content = self.bare(address)
        content.pop(argument)
        for name in also:
            if self.value(content.pop(name)) != self.value(self.blocks[owner][name]):
                raise NotUnderstood(f"{address} belongs to two")
        return self.value(content)

    def default_tags(self) -> Value:
        """The tags that the provider puts on everything."""
        if not self.providers:
            return {}
        if self.providers[1:]:
            raise NotUnderstood("there are several providers for AWS")
        aws = self.providers[0]["aws"]
        if not aws.keys() <= PROVIDER:
            raise NotUnderstood(f"the provider has {', '.join(f'`{name}`' for name in sorted(aws.keys() - PROVIDER))}")
        if "region" in aws:
            self.used.add("region")
        self.used.add("tags")
        return self.value(aws.get("default_tags", {}).get("tags", {}))

    # --- order ---

    def check_moved(self) -> None:
        """Fails where what was renamed is not all moved, or moved from or to what is not so."""
        for to, start in self.moved.items():
            if to not in self.blocks or start in self.blocks:
                raise NotUnderstood(f"moved from {start} to {to}")
            ends = (start.partition(".")[2], to.partition(".")[2])
            for address in (one for all in self.parts.get(to, {}).values() for one in all):
                type, _, label = address.partition(".")
                if not label.startswith(ends[1]) or self.moved.get(address) != f"{type}.{ends[0]}{label.removeprefix(ends[1])}":
                    raise NotUnderstood(f"not moved with {to}: {address}")

    def buckets_in_order(self, order: Order) -> None:
        """Fails where S3 could be asked for what it refuses yet."""
        for first, second in ONE_AFTER_THE_OTHER:
            before = {self.owner(address, "bucket"): address for address in self.blocks if address.startswith(f"{first}.")}
            for address in (address for address in self.blocks if address.startswith(f"{second}.")):
                of = template(self.blocks[address]["bucket"])
                bucket = f"{of[1][0]}.{of[1][1]}" if of[0] == "get" else ""
                if bucket in before and before[bucket] not in order.before(address):
                    raise NotUnderstood(f"{address} does not wait for {before[bucket]}")

    def settings_in_order(self, owner: str, order: Order) -> None:
        """Fails where the throttles of a stage could be set in any order: those for all methods would undo the others."""
        blocks = self.parts.get(owner, {}).get(METHOD_SETTINGS, [])
        first = [address for address in blocks if self.blocks[address]["method_path"] == "*/*"]
        for address in blocks:
            behind = [other for other in blocks if address in order.before(other)]
            ahead = [other for other in blocks if other in order.before(address)]
            if len(behind) + len(ahead) < len(blocks) - 1 or (first == [address] and ahead):
                raise NotUnderstood(f"throttles in any order: {blocks}")

    def order(self, main: list[str]) -> tuple[dict[Key, frozenset[Key]], Order]:
        """What waits for what, in so many words and by all that is referred to."""
        owners = {address: address for address in main}
        owners |= {a: owner for owner, parts in self.parts.items() for all in parts.values() for a in all}
        needs = {a: {*self.referred(block), *depends(block)} for a, block in self.blocks.items()}
        dangling = sorted({n for named in needs.values() for n in named} - self.blocks.keys())
        if dangling:
            raise NotUnderstood(f"references to nothing: {dangling}")
        unused = sorted(a for a in self.blocks if a.startswith(f"data.{DOCUMENT}.") and not any(a in named for named in needs.values()))
        if unused:
            raise NotUnderstood(f"policies that nobody has: {unused}")
        blocks: dict[Key, list[str]] = {}
        waits: dict[Key, frozenset[Key]] = {}
        for address, owner in owners.items():
            key = self.key(owner)
            blocks.setdefault(key, []).append(address)
            others = frozenset(self.key(owners[n]) for n in depends(self.blocks[address])) - {key}
            if others:
                waits[key] = waits.get(key, frozenset()) | others
                self.used.add("order")
        last = {}
        for address in main:
            kind, identity = self.key(address)
            last[kind, identity] = self.parts.get(address, {}).get(WAITING.get(kind, ""), [address])[0]
        order = Order(needs, blocks, last)
        for address in main:
            self.settings_in_order(address, order)
        self.buckets_in_order(order)
        return waits, order

    def referred(self, content: Any) -> set[str]:
        """The addresses that some content refers to."""
        if isinstance(content, dict):
            return {a for key, part in content.items() if key != "depends_on" for a in self.referred(part)}
        if isinstance(content, list):
            return {a for part in content for a in self.referred(part)}
        if not isinstance(content, str) or "${" not in content:
            return set()
        try:
            tree = template(content)
        except NotUnderstood:  # what can't be read may still name what it is about
            return {name for name in NAMED.findall(content) if name in self.blocks}
        found = set()
        for path in paths(tree):
            if path[0] == "data":
                found.add(".".join(path[:3]))
            elif path[0] == "local":
                found |= self.referred(self.locals.get(path[1]))
            elif "_" in path[0]:
                found.add(".".join(path[:2]))
        return found

    # --- variables and outputs ---

    def variable(self, name: str, shape: Mapping[str, Any]) -> Record:
        """A parameter: its texts stand as they are, but for tests and what is said of them."""
        left = dict(shape)
        if left.pop("nullable", True):
            raise NotUnderstood(f"nothing may be given for {name}")
        type, default = TYPES[left.pop("type")], left.pop("default", None)
        found = {
            "description": left.pop("description", None),
            "type": type,
            "default": default,
            "secret": left.pop("sensitive", None),
        }
        for test in left.pop("validation", ()):
            template(test["error_message"])
            for one in conjuncts(template(test["condition"])):
                field, limit = constraint(one, ("var", name))
                if field in found:
                    raise NotUnderstood(f"two tests of one sort: {test}")
                found[field] = limit
                self.used |= {"patterns"} if field == "pattern" else set()
        if left:
            raise NotUnderstood(f"not in a variable: {left}")
        if type in ("flag", "number", "list"):
            self.used.add("types")
        return Record("param", plain(name), {key: value for key, value in found.items() if value is not None})

    def output(self, name: str, shape: Mapping[str, Any]) -> Record:
        """An output."""
        if not shape.keys() <= {"value", "description"}:
            raise NotUnderstood(f"not in an output: {shape}")
        found = {"value": self.value(shape["value"]), "description": shape.get("description")}
        return Record("output", plain(name), {key: value for key, value in found.items() if value is not None})

    # --- values ---

    def value(self, content: Any) -> Value:
        """Some content with every template as what it means."""
        if isinstance(content, dict):
            return {literal(template(key)): self.value(part) for key, part in content.items()}
        if isinstance(content, list):
            return [self.value(part) for part in content]
        return self.meaning(template(content)) if isinstance(content, str) else content

    def as_far(self, content: Any) -> Any:
        """Some content with every template as what it means, where that is understood, and else as it stands."""
        if isinstance(content, dict):
            return {str(key): self.as_far(part) for key, part in content.items()}
        if isinstance(content, list):
            return [self.as_far(part) for part in content]
        try:
            return self.value(content)
        except UNREADABLE:
            return content

    def meaning(self, tree: Tree) -> Value:
        """What an expression means."""
        match tree:
            case ("text", pieces):
                return text(composed(piece) if isinstance(piece, str) else self.meaning(piece) for piece in pieces)
            case ("value", plain_value):
                return plain_value
            case ("get", path):
                return self.reference(path)
            case ("at", ("call", "split", [("text", [separator]), whole]), ("value", index)):
                return Piece(self.meaning(whole), separator, index)
            case ("call", "join", [("text", [","]), values]):
                return Commas(self.meaning(values))
            case ("call", "jsonencode", [value]):
                self.used |= {"json"} if value[0] != "list" else set()
                return Encoded(self.meaning(value))
            case ("list", items):
                return [self.meaning(item) for item in items]
            case ("call", "tostring", [value]):
                return self.meaning(value)
            case ("of", ("at", ("get", ("var", "code")), ("text", [key])), "source_code_hash") if key in self.archives:
                return Of(ARCHIVE, self.archives[key], "hash")
            case ("of", ("at", ("get", ("var", "code")), ("text", [key])), "filename") if key in self.archives:
                return text(("code/", Of(ARCHIVE, self.archives[key], "filename")))
            case ("call", "parseint", [("call", "substr", [("call", "sha256", [value]), ("value", 0), ("value", 6)]), ("value", 16)]):
                found = self.meaning(value)
                return Of("digest", repr(found), "number")
        raise NotUnderstood(f"an expression with `{tree[1]}`" if tree[0] == "call" else "an expression")

    def reference(self, path: tuple[str, ...]) -> Value:
        """What a reference means."""
        if path == ("path", "module"):
            return Known("folder")
        if path[0] == "var" and len(path) == 2 and path[1] in self.variables:
            return Param(plain(path[1]))
        if path[0] == "local" and len(path) == 2:
            return self.value(self.locals[path[1]])
        if path[0] == "data" and len(path) == 4:
            return self.read_data(*path[1:])
        if len(path) == 3:
            return self.attribute(*path)
        raise NotUnderstood(f"a reference: {'.'.join(map(str, path))}")

    def read_data(self, type: str, label: str, attribute: str) -> Value:
        """What a data source gives."""
        content = self.blocks.get(f"data.{type}.{label}")
        if content is None:
            raise NotUnderstood(f"a reference to nothing: data.{type}.{label}")
        if (type, attribute) == (DOCUMENT, "json"):
            self.used.add("blocks")
            return policies.data_source(self.value(content))
        if (type, attribute) in KNOWN and content == {}:
            return Known(KNOWN[type, attribute])
        if type in LOOKUPS and LOOKUPS[type][1] == attribute and content.keys() == {"name"}:
            self.used.add("lookups")
            return Lookup(LOOKUPS[type][0], self.value(content["name"]))
        raise NotUnderstood(f"data.{type}.{label}.{attribute}")

    def attribute(self, type: str, label: str, attribute: str) -> Value:
        """What an attribute of a block gives."""
        address = f"{type}.{label}"
        if address not in self.blocks:
            raise NotUnderstood(f"a reference to nothing: {address}")
        if address in self.own:
            return Of(*self.key(address), attribute)
        if type in PARTS and attribute in self.blocks[address]:
            return self.value(self.blocks[address][attribute])
        kind = BY_NAME[PARTS[type][0]] if type in PARTS else BY_TERRAFORM[type]
        key = self.key(self.owner(address, PARTS[type][1]) if type in PARTS else address)
        called = Of(*key, "arn")
        if kind.name == "alias" and attribute in ("arn", "invoke_arn"):
            function = self.value(self.blocks[address].get("function_name"))
            called = by_alias(function, self.as_far(self.blocks[address].get("name"))) if isinstance(function, Of) else called
            if attribute == "arn":
                return called
        if kind.name in ("function", "alias") and attribute == "invoke_arn":
            self.used.add("invoke arn")
            start = ("arn:", Known("partition"), ":apigateway:", Known("region"), ":lambda:path/2015-03-31/functions/")
            return text((*start, called, "/invocations"))
        for neutral, (_, spelled) in kind.attributes.items():
            if attribute in spelled:
                return Of(*key, neutral)
        raise NotUnderstood(f"{type} has no {attribute}")


def depends(block: Mapping[str, Any]) -> list[str]:
    """What a block waits for, in so many words."""
    found = block.get("depends_on", [])
    return found if isinstance(found, list) else [found]


def of_files(files: Mapping[str, str]) -> Configuration:
    """The configuration of a folder's files, by name."""
    contents = {name: json.loads(text) for name, text in files.items()}
    values = contents.pop(VALUES, {"code": {}})
    return Configuration(contents, {key: archive(one) for key, one in values["code"].items()})


def archive(value: Mapping[str, str]) -> str:
    """What stands for the code of a function: the key of its archive, and the digest of its contents."""
    return f"{value['filename'].removeprefix('code/')} {b64decode(value['source_code_hash'], validate=True).hex()}"


# --- expressions of tests ---


def paths(tree: Any) -> Iterator[tuple[str, ...]]:
    """Every reference in an expression."""
    if isinstance(tree, tuple) and tree and tree[0] == "get":
        yield tree[1]
    elif isinstance(tree, tuple | list):
        for part in tree:
            yield from paths(part)


def conjuncts(tree: Tree) -> Iterator[Tree]:
    """The tests of which all must hold."""
    if tree[:2] == ("test", "&&"):
        yield from conjuncts(tree[2])
        yield from conjuncts(tree[3])
    else:
        yield tree


def constraint(tree: Tree, name: tuple[str, ...]) -> tuple[str, Value]:
    """What a test of a variable limits, and to what."""
    match tree:
        case ("call", "alltrue", [("for", one, ("get", values), test)]) if values == name:
            return constraint(test, (one,))
        case ("call", "contains", [("list", values), ("get", path)]) if path == name:
            return "one of", [literal(value) for value in values]
        case ("test", ">=", ("get", path), limit) if path == name:
            return "least", literal(limit)
        case ("test", "<=", ("get", path), limit) if path == name:
            return "most", literal(limit)
        case ("test", "<=", ("call", "length", [("get", path)]), limit) if path == name:
            return "longest", literal(limit)
        case ("call", "can", [("call", "regex", [pattern, ("get", path)])]) if path == name:
            return "pattern", whole(literal(pattern))
    raise NotUnderstood(f"a test: {tree}")


def literal(tree: Tree) -> Any:
    """The value of an expression that refers to nothing."""
    if tree[0] == "value":
        return tree[1]
    if tree[0] == "text" and all(isinstance(piece, str) for piece in tree[1]):
        return "".join(tree[1])
    raise NotUnderstood(f"no plain value: {tree}")


def whole(pattern: str) -> str:
    """The pattern that all of a text must match, of one that is looked for in it."""
    around = re.fullmatch(r"\^\(\?:(.*)\)\$", pattern, re.S)
    if around:
        return around[1]
    if not (pattern.startswith("^") and pattern.endswith("$") and "|" not in pattern):
        raise NotUnderstood(f"a pattern that a part of a text may match: {pattern}")
    return pattern
