"""Sources and outputs written otherwise, with the same meaning."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import attrs

from ifc.diagnostics import Report
from ifc.source import Source
from ifc.syntax import tree
from ifc.syntax.parse import parse
from ifc.verbs import VERBS

Files = Mapping[str, str]  # the texts of an app's files; the first one is the app's
PLAIN = 2  # what `reads A, B` has: the verb, and what it is about


# --- sources ---


@attrs.frozen
class Style:
    """How a source is written out: what is shuffled, and what stands around the statements."""

    order: random.Random | None = None  # in which statements are shuffled, in every block
    verbs: str = ""  # "split": one thing a line; "join": all things of a verb on one line
    comments: bool = False
    one_line: bool = False  # settings of a block on one line
    extra: Mapping[str, Sequence[str]] = attrs.field(factory=dict)  # settings to be added, by the name of a declaration or by an arrow


def statements(text: str) -> tuple[tree.Statement, ...]:
    """The statements of a source."""
    report = Report()
    found = parse(Source("app.ifc", text), report).statements
    assert not report.failed, [d.message for d in report.ordered()]
    return found


def written(text: str, style: Style) -> str:
    """A source in another style."""
    return "\n".join(laid_out(statements(text), style, top=True)) + "\n"


def laid_out(found: Sequence[tree.Statement], style: Style, top: bool = False) -> list[str]:
    """Statements, one a text."""
    texts = [text for statement in found for text in statement_of(statement, style)]
    if style.verbs == "join":
        texts = joined(texts)
    if style.order is not None:
        style.order.shuffle(texts)
    if style.comments:
        texts = [f"{'' if top else '  '}# about it; {{ not a block\n\n{text}   # and so on" for text in texts]
    return texts


def statement_of(statement: tree.Statement, style: Style) -> list[str]:
    """One statement; of verbs that are split, several."""
    text = statement.span.source.text
    described = getattr(statement, "description", None)
    about = "".join(f"## {line}\n" for line in described.split("\n")) if described else ""
    if isinstance(statement, tree.Wire):
        parts, at = [], statement.span.start
        for hop in statement.hops:
            if hop.block is not None:
                parts += [text[at : hop.block.span.start], block(hop.block, style)]
                at = hop.block.span.end
        whole = "".join(parts) + text[at : statement.span.end]
        more = style.extra.get(" ".join(whole.split()), ())
        rest = text[statement.span.end :].partition("\n")[0]
        allowed = f"  {rest.strip()}" if rest.strip().startswith("# ifc: allow") else ""  # it means something
        return [about + whole + (f" {{ {'; '.join(more)} }}" if more else "") + allowed]
    assert isinstance(statement, tree.Declaration)
    added = [line for name in names(statement) for line in style.extra.get(name, ())]
    if statement.block is None:
        return [about + one + (f" {{ {'; '.join(added)} }}" if added else "") for one in apart(statement, style)]
    heads = apart(statement, style) if word(statement) == "allow" else [text[statement.span.start : statement.block.span.start]]
    return [f"{about}{head.rstrip()} {block(statement.block, style, added)}" for head in heads]


def block(found: tree.Block, style: Style, added: Sequence[str] = ()) -> str:
    """A block."""
    lines = [*laid_out(found.statements, style), *added]
    if style.one_line and not any("\n" in line or "##" in line for line in lines):
        return "{ " + "; ".join(lines) + " }"
    return "{\n" + "\n".join(lines) + "\n}"


def word(statement: tree.Declaration) -> str:
    """What a statement begins with."""
    first = statement.head[0][0]
    return first.text if isinstance(first, tree.Word) else ""


def names(statement: tree.Declaration) -> list[str]:
    """What a declaration may be called."""
    second = statement.head[1][0] if len(statement.head) > 1 and word(statement) != "extern" else None
    return [second.text] if isinstance(second, tree.Word) else []


def apart(statement: tree.Declaration, style: Style) -> list[str]:
    """A statement; a verb or an `allow` about several things as one for each, where they are split."""
    text = statement.span.source.text
    end = statement.block.span.start if statement.block is not None else statement.span.end
    whole = text[statement.span.start : end].rstrip()
    listed = statement.head[1] if len(statement.head) > 1 else ()
    known = word(statement) in VERBS and len(statement.head) == PLAIN and statement.block is None
    if style.verbs != "split" or len(listed) < PLAIN or not (known or (word(statement) == "allow" and isinstance(listed[0], tree.Text))):
        return [whole]
    tail = text[listed[-1].span.end : end].rstrip()
    return [f"{word(statement)} {one.span.text}{tail}" for one in reversed(listed)]


def joined(texts: Sequence[str]) -> list[str]:
    """Statements with those of one verb on one line."""
    found: dict[str, str] = {}
    for number, text in enumerate(texts):
        verb, _, rest = text.partition(" ")
        simple = verb in VERBS and not set(rest) & set(' "{\n#')
        key = verb if simple else f"#{number}"
        found[key] = f"{found[key]}, {rest}" if key in found else text
    return list(found.values())


def split(files: Files, parts: int = 3) -> dict[str, str]:
    """An app with what its first file declares in several files."""
    (main, text), *others = files.items()
    found = statements(text)
    moved = [s for s in found if not (isinstance(s, tree.Declaration) and word(s) in ("app", "import"))]
    stay = [s for s in found if s not in moved]
    made = {f"part{number}.ifc": moved[number::parts] for number in range(parts)}
    imports = [f'import "{name}"' for name in made]
    return {
        main: "\n".join([*(one for s in stay for one in statement_of(s, Style())), *imports]) + "\n",
        **{name: "\n".join(one for s in part for one in statement_of(s, Style())) + "\n" for name, part in made.items()},
        **dict(others),
    }


def each(files: Files, change: Callable[[str], str]) -> dict[str, str]:
    """An app with every file changed in one way."""
    return {name: change(text) for name, text in files.items()}


# Every way to write an app's source otherwise.
SOURCES: dict[str, Callable[[Files], dict[str, str]]] = {
    "as it stands": lambda files: dict(files),
    "shuffled": lambda files: each(files, lambda text: written(text, Style(order=random.Random(7)))),
    "shuffled otherwise": lambda files: each(files, lambda text: written(text, Style(order=random.Random(11)))),
    "on one line": lambda files: each(files, lambda text: written(text, Style(one_line=True))),
    "with comments": lambda files: each(files, lambda text: written(text, Style(comments=True))),
    "with Windows' line ends": lambda files: each(files, lambda text: text.replace("\n", "\r\n")),
    "with verbs apart": lambda files: each(files, lambda text: written(text, Style(verbs="split"))),
    "with verbs together": lambda files: each(files, lambda text: written(text, Style(verbs="join"))),
    "in several files": split,
    "all of it": lambda files: each(split(files), lambda text: written(text, Style(random.Random(3), "split", comments=True))),
}


# --- templates ---

# Lists of which the order means nothing.
UNORDERED = {
    *("Tags", "AttributeDefinitions", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "NonKeyAttributes", "Filters"),
    *("FunctionResponseTypes", "AllowOrigins", "AllowMethods", "AllowHeaders", "ExposeHeaders", "AllowedOrigins", "AllowedMethods"),
    *("AllowedHeaders", "ManagedPolicyArns", "LambdaConfigurations", "QueueConfigurations", "TopicConfigurations", "AllowedValues"),
    *("AuthorizationScopes", "Audience", "MethodSettings", "MethodResponses", "IntegrationResponses"),
}


def shuffled(node: Any, order: random.Random) -> Any:
    """A value with its keys in another order."""
    if isinstance(node, dict):
        keys = list(node)
        order.shuffle(keys)
        return {key: shuffled(node[key], order) for key in keys}
    return [shuffled(one, order) for one in node] if isinstance(node, list) else node


def reversed_lists(node: Any, key: str = "") -> Any:
    """A value with lists that have no order the other way round."""
    if isinstance(node, dict):
        return {name: reversed_lists(part, name) for name, part in node.items()}
    found = [reversed_lists(one) for one in node] if isinstance(node, list) else node
    return found[::-1] if key in UNORDERED and isinstance(found, list) else found


def substituted(node: Any) -> Any:
    """A value with `Fn::Sub` in the place of `Ref` and `Fn::GetAtt`."""
    if isinstance(node, dict):
        if set(node) == {"Fn::GetAtt"}:
            return {"Fn::Sub": "${" + ".".join(node["Fn::GetAtt"]) + "}"}
        if set(node) == {"Ref"}:
            return {"Fn::Sub": f"${{{node['Ref']}}}"}
        return {key: part if key == "DependsOn" else substituted(part) for key, part in node.items()}
    return [substituted(one) for one in node] if isinstance(node, list) else node


def texts(node: Any) -> Any:
    """A value with numbers and flags as texts, which CloudFormation takes too."""
    if isinstance(node, dict):
        return {key: part if key.endswith("PolicyDocument") else texts(part) for key, part in node.items()}
    if isinstance(node, list):
        return [texts(one) for one in node]
    return str(node).lower() if isinstance(node, bool) else str(node) if isinstance(node, int) else node


def policies(node: Any, change: Callable[[list[Any]], list[Any]]) -> Any:
    """A value with the statements of its policies written otherwise."""
    if isinstance(node, dict):
        if "Statement" in node:
            return {**node, "Statement": change(several(node["Statement"]))}
        return {key: policies(part, change) for key, part in node.items()}
    return [policies(one, change) for one in node] if isinstance(node, list) else node


def several(value: Any) -> list[Any]:
    """A list, also of one."""
    return value if isinstance(value, list) else [value]


def single(found: list[Any]) -> list[Any]:
    """Statements as one for each action and resource, the last first, without ids."""
    return [
        {**{key: part for key, part in one.items() if key != "Sid"}, **action, **resource}
        for one in reversed(found)
        for action in ([{"Action": each} for each in several(one["Action"])] if "Action" in one else [{}])
        for resource in ([{"Resource": each} for each in several(one["Resource"])] if "Resource" in one else [{}])
    ]


def capitals(found: list[Any]) -> list[Any]:
    """Statements with actions in other letters: IAM does not tell them apart."""

    def other(action: str) -> str:
        service, colon, name = action.partition(":")
        return f"{service.upper()}{colon}{name.lower()}"

    return [{**one, "Action": [other(action) for action in several(one["Action"])]} if "Action" in one else one for one in found]


def twice(found: list[Any]) -> list[Any]:
    """Statements with ids, each of them twice."""
    return [{**one, "Sid": f"S{number}"} for number, one in enumerate([*found, *found])]


def parts_of(content: Mapping[str, Any], change: Callable[[Any], Any], *names: str) -> dict[str, Any]:
    """A template with some of its parts changed."""
    return {name: change(part) if name in names else part for name, part in content.items()}


# Every way to write a template otherwise.
TEMPLATES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "keys": lambda content: shuffled(content, random.Random(1)),
    "lists": reversed_lists,
    "Fn::Sub": lambda content: parts_of(content, substituted, "Resources", "Outputs"),
    "texts": lambda content: parts_of(content, texts, "Resources"),
    "single statements": lambda content: policies(content, single),
    "statements twice": lambda content: policies(content, twice),
    "capital letters": lambda content: policies(content, capitals),
    "all of it": lambda content: shuffled(
        reversed_lists(policies(policies(parts_of(content, substituted, "Resources", "Outputs"), single), capitals)), random.Random(2)
    ),
}


# --- configurations ---


def one_file(files: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with all of it in one file."""
    found: dict[str, Any] = {}
    for content in files.values():
        laid_over(found, deepcopy(content))
    return {"main.tf.json": found}


def laid_over(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Puts one configuration into another one."""
    for key, part in more.items():
        if isinstance(part, dict) and isinstance(into.get(key), dict):
            laid_over(into[key], part)
        else:
            into[key] = part


def blocks(files: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with each resource as a list of one block, as JSON configuration syntax allows."""
    return {
        name: {
            key: {type: {label: [body] for label, body in labels.items()} for type, labels in part.items()} if key == "resource" else part
            for key, part in content.items()
        }
        for name, content in files.items()
    }


# Every way to write a configuration otherwise.
CONFIGURATIONS: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    "keys": lambda files: {name: shuffled(content, random.Random(1)) for name, content in files.items()},
    "one file": one_file,
    "other names": lambda files: {f"z-{name}": content for name, content in reversed(files.items())},
    "blocks": blocks,
}
