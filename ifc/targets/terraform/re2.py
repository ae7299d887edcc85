"""Regular expressions as RE2 reads them, which is how Terraform tests values (RE2 wiki, Syntax)."""

from __future__ import annotations

import re

# Escapes with what they bring, classes with their content, groups with what opens them, repeats, and the rest.
_TOKEN = re.compile(
    r"""(?P<character>\\u(?P<code>[0-9a-fA-F]{4}))
      | (?P<escape>\\(?:x\{?[0-9a-fA-F]+\}?|p\{\w+\}|P\{\w+\}|k<\w+>|.))
      | (?P<class>\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\])
      | (?P<group>\((?:\?(?:P?<\w+>|[a-zA-Z]*(?:-[a-zA-Z]+)?[:)]|P=|P>|<=|<!|.)?)?)
      | (?P<repeat>[*+?]|\{(?:\d+(?:,\d*)?|,\d+)\})(?P<mode>[?+]?)
      | (?P<other>.)""",
    re.X | re.S,
)
_GROUPS = re.compile(r"\((?:\?(?:P?<\w+>|[imsU]*(?:-[imsU]+)?[:)]))?")
_LETTERS = "aAbBdDfnrstvwWSzQE"  # escapes that mean the same in both
MOST = 1000  # repeats


def re2(pattern: str) -> tuple[str, str | None]:
    """The pattern in RE2's words, and the first of its parts that RE2 does not have, or None."""
    written: list[str] = []
    for token in _TOKEN.finditer(pattern):
        text = token.group()
        if token["code"]:
            text = re.escape(chr(int(token["code"], 16)))
        elif token["class"] and _known(token):
            text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: re.escape(chr(int(code[1], 16))), text)
        elif text == r"\Z":
            text = r"\z"
        elif text.startswith("{,"):
            text = "{0" + text[1:]
        elif not _known(token):
            return "", text
        written.append(text)
    return "".join(written), None


def _known(token: re.Match[str]) -> bool:
    if token["escape"]:
        first = token["escape"][1]
        return first in "xpP" or first in _LETTERS or not first.isalnum()
    if token["class"]:
        # Java and RE2 read a class in a class differently, and escapes of places are none there.
        return not re.search(r"&&|\[:|\\[bBAZzGk\d]", token["class"][1:])
    if token["group"]:
        return bool(_GROUPS.fullmatch(token["group"]))
    if token["repeat"]:
        counts = [int(n) for n in re.findall(r"\d+", token["repeat"])]
        return token["mode"] != "+" and all(n <= MOST for n in counts)
    return True
