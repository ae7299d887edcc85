"""layer: from the source to Lambda's layers."""

from __future__ import annotations

from pathlib import Path

import pytest

from ifc.compiler import compile
from ifc.resolve.app import Options
from tests.support import compiled, errors, findings, resources, template

USED = 'function f "a.b" { runtime python3.14; layers L }\n'


def test_least() -> None:
    """A layer is a version of it, for the runtime and processor of its functions; another archive is another version."""
    made = template('layer L "lib"\n' + USED)
    assert made["Resources"]["L"] == {
        "Type": "AWS::Lambda::LayerVersion",
        "Properties": {
            "LayerName": {"Fn::Sub": "${Prefix}-L"},
            "CompatibleRuntimes": ["python3.14"],
            "CompatibleArchitectures": ["arm64"],
            "Content": {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": "LCodeKey"}},
        },
    }
    assert made["Resources"]["f"]["Properties"]["Layers"] == [{"Ref": "L"}]
    assert made["Parameters"]["LCodeKey"]["Type"] == "String"


def test_name_and_description() -> None:
    """A comment above is the description; `name` is as everywhere; tags there are none."""
    made = resources('## What "all" share\nlayer L "lib" { name "libs-${stage}" }\n' + USED, "AWS::Lambda::LayerVersion")["L"]
    assert (made["LayerName"], made["Description"], "Tags" in made) == ("libs-dev", 'What "all" share', False)
    assert errors('layer L "lib" { tags { a "b" } }\n' + USED) == ["IFC376"]
    assert errors('defaults layer { tags { a "b" } }\nlayer L "lib"\n' + USED) == ["IFC376"]
    assert errors('app x { tags { a "b" } }\nlayer L "lib"\n' + USED) == []
    assert errors('layer L "lib" { name "a b" }\n' + USED) == ["IFC309"]


def test_order_and_foreign_layers() -> None:
    """Layers stand as written, since a later one lies over those before; the same one twice is once; five are the most."""
    other = '"arn:aws:lambda:eu-west-1:123456789012:layer:x:1"'
    text = f'layer A "lib"\nlayer B "lib"\nfunction f "a.b" {{ runtime python3.14; layers B, {other}, A, B }}'
    assert template(text)["Resources"]["f"]["Properties"]["Layers"] == [
        {"Ref": "B"},
        {"Fn::Sub": "arn:${AWS::Partition}:lambda:eu-west-1:123456789012:layer:x:1"},
        {"Ref": "A"},
    ]
    six = "".join(f'layer L{n} "lib"\n' for n in range(6))
    names = ", ".join(f"L{n}" for n in range(6))
    assert "IFC302" in errors(f'{six}function f "a.b" {{ runtime python3.14; layers {names} }}')


def test_several_functions() -> None:
    """All runtimes and processors of its functions are named, once each and in order; a folder serves whatever runs."""
    text = (
        'layer L "lib"\nfunction f "a.b" { runtime python3.14; layers L }\nfunction g "a.b" { runtime nodejs24.x; layers L; arch x86 }\n'
        'function h "a.b" { runtime python3.14; layers L }'
    )
    made = resources(text, "AWS::Lambda::LayerVersion")["L"]
    assert made["CompatibleRuntimes"] == ["nodejs24.x", "python3.14"]
    assert made["CompatibleArchitectures"] == ["arm64", "x86_64"]


@pytest.mark.parametrize("code", ["requirements.txt", "package.json", "pyproject.toml"])
def test_packages_are_for_one_runtime(code: str) -> None:
    """A list of packages is installed once, so its functions must agree."""
    text = f'layer L "{code}"\nfunction f "a.b" {{ runtime python3.14; layers L }}\nfunction g "a.b" {{ %s; layers L }}'
    assert errors(text % "runtime python3.14") == []
    assert errors(text % "runtime python3.13") == ["IFC374"]
    assert errors(text % "runtime python3.14; arch x86") == ["IFC374"]


def test_archives() -> None:
    """The plan says what is to be packed, and which functions leave out what the layer has."""
    done = compiled('layer L "requirements.txt"\nfunction f "a.b" { runtime python3.13; layers L; arch x86 }')
    assert done.plan is not None
    found = {archive.function: archive for archive in done.plan.archives}
    layer, function = found["L"], found["f"]
    assert (layer.kind, layer.parameter, layer.folder, layer.runtime, layer.arch) == (
        "layer",
        "LCodeKey",
        "requirements.txt",
        "python3.13",
        "x86",
    )
    assert (function.layers, function.foreign) == (("L",), False)


def test_nobody_uses_it() -> None:
    """A layer without functions is told, and still made."""
    assert findings('layer L "lib"') == ["IFC373"]
    assert "CompatibleRuntimes" not in resources('layer L "lib"', "AWS::Lambda::LayerVersion")["L"]


def test_what_is_no_layer() -> None:
    """A layer is of this app; other resources and made-up names are no layers; a layer gets no events."""
    assert errors('extern layer L "x"') == ["IFC209"]
    assert errors("layer L") == ["IFC308"]
    assert errors('queue Q\nfunction f "a.b" { runtime python3.14; layers Q }') == ["IFC207"]
    assert errors('function f "a.b" { runtime python3.14; layers "nonsense" }') == ["IFC309"]
    assert errors('layer L "lib"\nqueue Q\nQ -> L\n' + USED) == ["IFC404"]
    assert errors('layer L "lib"\nextern function f "x" { layers L }') == ["IFC210"]
    assert errors('layer L "lib"\nfunction g "a.b" { runtime python3.14; reads L }\n' + USED) == ["IFC502"]


def test_its_arn() -> None:
    """The ARN of the version can be used elsewhere."""
    made = template('layer L "lib"\n' + USED + "output a L.arn")
    assert made["Outputs"]["a"]["Value"] == {"Ref": "L"}


def test_defaults_reach_functions_and_no_images() -> None:
    """A layer for all functions is not for images among them."""
    made = template(
        'layer L "lib"\ndefaults function { layers L; runtime python3.14 }\nfunction f "a.b"\n'
        'function g { image "123456789012.dkr.ecr.eu-west-1.amazonaws.com/g" }'
    )["Resources"]
    assert made["f"]["Properties"]["Layers"] == [{"Ref": "L"}]
    assert "Layers" not in made["g"]["Properties"]


def test_what_it_is_made_of_must_be_there(tmp_path: Path) -> None:
    """A folder or a list that is not there is told with the place where it was looked for."""
    (tmp_path / "a.py").write_text("def b(event, context): ...\n")
    app = tmp_path / "app.ifc"
    app.write_text('app x\nlayer L "lib"\n' + USED)
    done = compile(str(app), Options(stage="dev", params={}, code=True))
    assert [d.code for d in done.report.ordered() if d.severity == "error"] == ["IFC708"]
    (tmp_path / "lib").mkdir()
    done = compile(str(app), Options(stage="dev", params={}, code=True))
    assert [d.code for d in done.report.ordered() if d.severity == "error"] == []


def test_order_does_not_matter() -> None:
    """The same declarations in another order make the same template."""
    lines = [
        'layer A "lib"',
        'layer B "lib"',
        'function f "a.b" { runtime python3.14; layers B, A }',
        'function g "a.b" { runtime python3.13; layers A }',
    ]
    assert template("\n".join(lines)) == template("\n".join(reversed(lines)))
