"""image: a function that is a container instead of an archive."""

from __future__ import annotations

import pytest

from tests.support import compiled, errors, template

URI = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/box"


def test_least() -> None:
    """The image holds runtime, code and handler; no archive is asked for."""
    made = template(f'function f {{ image "{URI}:1" }}')
    found = made["Resources"]["f"]["Properties"]
    assert (found["PackageType"], found["Code"]) == ("Image", {"ImageUri": f"{URI}:1"})
    assert not {"Runtime", "Handler", "Layers", "ImageConfig"} & set(found)
    assert not [name for name in made.get("Parameters", {}) if "Code" in name]


def test_the_handler_is_its_command() -> None:
    """A handler that is written is what the container runs."""
    found = template(f'function f "app.run" {{ image "{URI}@sha256:0123" }}')["Resources"]["f"]["Properties"]
    assert (found["ImageConfig"], "Handler" in found) == ({"Command": ["app.run"]}, False)


def test_params_and_stages() -> None:
    """Which image it is may be said by a param, in part or as a whole."""
    made = template(f'param tag "1"\nfunction f {{ image "{URI}:${{tag}}-${{stage}}" }}')["Resources"]["f"]["Properties"]
    assert made["Code"] == {"ImageUri": {"Fn::Sub": f"{URI}:${{tag}}-dev"}}
    made = template(f'param uri "{URI}"\nfunction f {{ image uri }}')["Resources"]["f"]["Properties"]
    assert made["Code"] == {"ImageUri": {"Ref": "uri"}}


@pytest.mark.parametrize("setting", ['code "src"', "runtime python3.14", "layers L", 'include "*.txt"', 'exclude "*.txt"'])
def test_settings_of_archives(setting: str) -> None:
    """What an archive has, an image has not."""
    text = f'layer L "lib"\nfunction other "a.b" {{ runtime python3.14; layers L }}\nfunction f {{ image "{URI}"; {setting} }}'
    assert errors(text) == ["IFC375"]


def test_defaults_of_archives_do_not_reach_it() -> None:
    """What all functions have is no mistake of the one that is an image; and `none` takes an image back."""
    text = f'defaults function {{ runtime python3.14; code "src" }}\nfunction f {{ image "{URI}" }}\nfunction g "a.b"'
    made = template(text)["Resources"]
    assert ("Runtime" in made["f"]["Properties"], made["g"]["Properties"]["Runtime"]) == (False, "python3.14")
    made = template(f'defaults function {{ image "{URI}" }}\nfunction g "a.b" {{ image none; runtime python3.14 }}')["Resources"]
    assert made["g"]["Properties"]["Handler"] == "a.b"


def test_what_is_no_image() -> None:
    """Lambda takes images of ECR; a function without an image needs a handler."""
    assert errors('function f { image "nginx:latest" }') == ["IFC309"]
    assert errors("function f") == ["IFC308"]
    assert errors("function f { memory 1GB }") == ["IFC308"]


def test_the_rest_is_as_of_any_function() -> None:
    """Role, logs, arrows, verbs and versions are the same; nothing is packed."""
    done = compiled(f'queue Q\ntable T {{ key id: string }}\nfunction f {{ image "{URI}"; reads T; provisioned 2 }}\nQ -> f')
    assert done.plan is not None
    assert done.plan.archives == ()
    assert {"fRole", "fLogs", "fVersion", "fAlias", "QToF"} <= {p.resource.id for p in done.plan.placed}


def test_another_image_is_another_version() -> None:
    """A version's description changes with the image, and a param of it stands there in words."""

    def described(text: str) -> object:
        return template(text)["Resources"]["fVersion"]["Properties"]["Description"]

    text = f'param tag "1"\nfunction f {{ image "{URI}:%s"; provisioned 1 }}'
    assert described(text % "1") == described(text % "1") != described(text % "2")
    assert "${tag}" in str(described(text % "${tag}"))
