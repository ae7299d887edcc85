"""`ifc init`: a small app with a handler and its test, that compiles."""

from __future__ import annotations

import argparse
import os
import re

from ifc.cli import FINE, UNWRITABLE, USAGE
from ifc.commands.source import say

APP = """# Says hello. Compile it with: ifc compile {file} --target cfn
app {name}

api Public {{
  GET /hello/{{who}} -> hello
}}

function hello "src/hello.handler" {{ runtime python3.14 }}
"""
HANDLER = '''"""Answers GET /hello/{who}."""

import json


def handler(event, context):
    who = event["pathParameters"]["who"]
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"message": f"Hello, {who}!"}),
    }
'''
TEST = '''"""The handler greets whoever is named in the path. Run it with: python -m unittest discover tests"""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "src"))

import hello  # noqa: E402


class Hello(unittest.TestCase):
    def test_greets(self):
        answer = hello.handler({"pathParameters": {"who": "ann"}}, None)
        self.assertEqual(answer["statusCode"], 200)
        self.assertEqual(json.loads(answer["body"]), {"message": "Hello, ann!"})


if __name__ == "__main__":
    unittest.main()
'''


def run(arguments: argparse.Namespace) -> int:
    """Writes the files; what is there already is never overwritten."""
    folder = arguments.folder
    file = os.path.join(folder, "app.ifc")
    name = app_name(os.path.basename(os.path.abspath(folder)))
    files = {
        "app.ifc": APP.format(name=name, file=file if folder != "." else "app.ifc"),
        os.path.join("src", "hello.py"): HANDLER,
        os.path.join("tests", "test_hello.py"): TEST,
    }
    there = [path for path in files if os.path.lexists(os.path.join(folder, path))]
    if there:
        say(f"ifc: `{os.path.join(folder, there[0])}` is there already; nothing was written")
        return USAGE
    try:
        for path, content in files.items():
            target = os.path.join(folder, path)
            os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
            with open(target, "x", encoding="utf-8") as stream:
                stream.write(content)
    except OSError as problem:
        say(f"ifc: `{folder}` can't be written: {(problem.strerror or str(problem)).lower()}")
        return UNWRITABLE
    for path in files:
        say(os.path.normpath(os.path.join(folder, path)))
    say(f"Next: ifc local {os.path.normpath(file)} runs it here, ifc compile {os.path.normpath(file)} --target cfn makes its template")
    return FINE


def app_name(folder: str) -> str:
    """A name for the app, made from the folder's: short enough for every prefix."""
    words = re.findall(r"[A-Za-z0-9]+", folder)
    name = "-".join(words)[:18].strip("-").lower().lstrip("0123456789-")
    return name if len(name) > 1 else "hello"
