"""Translates a SAM template to CloudFormation offline: `translate.py TEMPLATE OUTPUT`.

It is made to cost the translator as little as it can: libyaml reads, JSON is written, no credentials are looked for, and the
managed policies, which the translator otherwise lists from an account, are answered by `Policies`.
"""

from __future__ import annotations

import json
import sys

import yaml
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import intrinsics_multi_constructor


class Policies:
    """Stands for the account's list of AWS-managed policies; the names that SAM adds by itself need none."""

    def load(self) -> dict[str, str]:
        """No names."""
        return {}


def main(source: str, target: str) -> None:
    yaml.CSafeLoader.add_multi_constructor("!", intrinsics_multi_constructor)
    with open(source, encoding="utf-8") as stream:
        template = yaml.load(stream, Loader=yaml.CSafeLoader)
    translated = transform(template, {}, Policies())
    with open(target, "w", encoding="utf-8") as stream:
        json.dump(translated, stream, indent=2)
        stream.write("\n")


main(*sys.argv[1:])
