"""Versions of a function behind an alias, and how traffic moves from one to the next (Lambda, CodeDeploy)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ifc.aws import awslambda, codedeploy, iam
from ifc.model.app import Resource
from ifc.plan import ALL, PREFIX, Lowering, Placed, Statement, arn
from ifc.values import Attr, Commas, Param, Pseudo, Value, joined, leaves

APPLICATION, ROLE = "Deployments", "DeploymentsRole"
TELLS = "codedeploy:PutLifecycleEventHookExecutionStatus"
# Of a function and of none of its versions: a change of these alone publishes nothing, and CloudFormation would fail for want of a new
# version (Lambda API reference, PublishVersion; developer guide, Manage Lambda function versions).
BESIDE = ("CodeSigningConfigArn", "RecursiveLoop", "ReservedConcurrentExecutions", "Tags")
DIGEST, KEY = 16, 36  # characters: of a digest, and of the key of an archive (`….zip`)
MOST_CHARACTERS = 256  # of a version's description (Lambda API reference, PublishVersion)
MOST_ALARMS = 10  # of a deployment group (CodeDeploy user guide, Limits)


def lower(function: Any, lowering: Lowering) -> None:
    """The version and the alias of a function that is lowered already, and its deployment group where traffic moves bit by bit."""
    id = function.id
    lowering.add(
        awslambda.Version(id=f"{id}Version", keep=True, function=Attr(id, "name"), description=description(function, lowering)),
        function.name,
        "version",
    )
    group = None
    deploy = function.deploy
    if by_codedeploy(deploy):
        group = f"{id}Deployment"
        lower_group(function, group, lowering)
    lowering.add(
        awslambda.Alias(
            id=f"{id}Alias",
            function=id,
            version=f"{id}Version",
            provisioned=lowering.value(function.provisioned),
            application=APPLICATION if group else None,
            group=group,
            hook_before=hook(deploy.before, lowering) if group and deploy.before else None,
            hook_after=hook(deploy.after, lowering) if group and deploy.after else None,
        ),
        function.name,
        "alias",
    )


def by_codedeploy(deploy: Any) -> bool:
    """Whether CodeDeploy moves the traffic: in steps, or with something to look at before or after."""
    return bool(deploy) and bool(deploy.how != codedeploy.AT_ONCE or deploy.rollback_on or deploy.hooks)


def hook(name: str, lowering: Lowering) -> Value:
    """What names a function that CodeDeploy calls: as it was deployed last, whatever its own alias says."""
    function = lowering.app.resources[name]
    if function.extern:
        lowering.report.warning(
            "IFC456",
            f"the role of the extern function `{name}` must let it tell CodeDeploy what it found",
            function.declared.span,
            "uses its own role",
            f"its owner allows that role {TELLS}",
        )
    return function.attribute("name", lowering) if function.extern else Attr(function.id, "name")


def unqualified(function: Any, lowering: Lowering) -> Value:
    """The ARN of a function as it was deployed last."""
    return function.attribute("arn", lowering) if function.extern else function.arn_of(function.physical_name(lowering))


def told(functions: Iterable[Any], lowering: Lowering) -> Statement:
    """What a function needs that the deployments of others call: it tells CodeDeploy what it found."""
    return Statement(
        actions=(TELLS,),
        resources=tuple(
            arn("codedeploy", "deploymentgroup:", PREFIX, "/", f.physical_name(lowering)) for f in sorted(functions, key=lambda f: f.name)
        ),
        why=tuple(f.declared.span for f in functions),
    )


def lower_group(function: Any, group: str, lowering: Lowering) -> None:
    """How the traffic of one function moves; what all functions share is added by the first of them."""
    deploy = function.deploy
    if APPLICATION not in lowering.by_id:
        lowering.add(codedeploy.Application(id=APPLICATION, name=PREFIX), APPLICATION)
        lowering.add(role(lowering), APPLICATION, "role")
    share, every = deploy.share or 0, (deploy.every or 0) // 60
    config: Value = codedeploy.built_in(deploy.how, share, every)
    if config is None:
        made = f"{deploy.how.capitalize()}{share}PercentEvery{every}Minutes"
        if made not in lowering.by_id:
            lowering.add(codedeploy.DeploymentConfig(id=made, how=deploy.how, share=share, every=every), APPLICATION)
        config = Attr(made, "name")
    alarms: list[Any] = [lowering.app.resources[name] for name in deploy.rollback_on]
    watched = [(alarm, id, name) for alarm in alarms for id, name in alarm.made(lowering.app)]
    lowering.add(
        codedeploy.DeploymentGroup(
            id=group,
            after=tuple(sorted(id for alarm, id, _ in watched if not rings(alarm, lowering))),
            name=function.physical_name(lowering),
            application=APPLICATION,
            role=Attr(ROLE, "arn"),
            config=config,
            # Written out, since an alarm may ring a function whose alias would then wait for itself.
            alarms=tuple(sorted((alarm.physical_name(name, lowering) for alarm, _, name in watched), key=repr)),
        ),
        function.name,
        "deployment",
    )
    if len(watched) > MOST_ALARMS:
        lowering.report.error(
            "IFC370",
            f"a deployment looks at {MOST_ALARMS} alarms at most, and these are {len(watched)}",
            function.place("deploy"),
            "too many alarms",
            "name alarms of this function alone",
        )


def rings(alarm: Resource, lowering: Lowering) -> bool:
    """Whether an alarm calls a function that has an alias."""
    targets = (lowering.app.resources[w.target.resource] for w in lowering.app.wires_from(alarm.name))
    return any(getattr(target, "aliased", False) for target in targets)


def role(lowering: Lowering) -> iam.Role:
    """The role in which CodeDeploy moves traffic: that of the aliases, and nothing else (CodeDeploy user guide, Create a service role)."""
    functions: list[Any] = [f for f in lowering.app.of_kind("function") if by_codedeploy(getattr(f, "deploy", None))]
    arns: list[Value] = []
    for function in functions:
        whole = unqualified(function, lowering)
        arns += [whole, joined(whole, ":*")]
    why = tuple(f.declared.span for f in functions)
    statements = [
        Statement(
            actions=("lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias"), resources=tuple(arns), why=why
        )
    ]
    hooks = sorted({name for f in functions for name in f.deploy.hooks})
    if hooks:
        called = tuple(unqualified(lowering.app.resources[name], lowering) for name in hooks)
        statements.append(Statement(actions=("lambda:InvokeFunction",), resources=called, why=why))
    if any(f.deploy.rollback_on for f in functions):
        statements.append(Statement(actions=("cloudwatch:DescribeAlarms",), resources=(ALL,), why=why))
    return iam.Role(
        id=ROLE,
        service="codedeploy.amazonaws.com",
        trust={"StringEquals": {"aws:SourceAccount": Pseudo("account")}},
        statements=tuple(statements),
        boundary=lowering.boundary(),
    )


# --- what makes a new version ---


def description(function: Any, lowering: Lowering) -> Value:
    """What a version is made of: a digest of the function's settings, the key of its code, and the values of its params.

    CloudFormation publishes a version only where a property of it changes. So whatever changes the function is in there, as
    far as it is known when compiling; what is known at deployment only (the name of a table that is made anew) is there by what
    makes a new one.
    """
    from hashlib import sha256  # few functions have versions

    placed = lowering.by_id[function.id]
    content = versioned({**placed.resource.cfn(), **({"Code": None} if function.code_parameter else {})})
    overlays = [versioned(overlay.content) for overlay in placed.overlays if overlay.target == "cfn" and {*overlay.content} - {*BESIDE}]
    seen: dict[str, Value] = {}
    for part in leaves([content, overlays]):
        if isinstance(part, Attr) and part.id in lowering.by_id and part.id not in seen:
            seen[part.id] = identity(lowering.by_id[part.id])
    text = repr((plain(content), plain(overlays), plain(seen)))
    everything = (content, overlays, tuple(seen.values()))
    named = {p.parameter.name if isinstance(p, Commas) else p.name for p in leaves(everything) if isinstance(p, Param | Commas)}
    keys = sorted({archive.parameter for archive in lowering.archives if archive.parameter in {*named, function.code_parameter}})
    known = lowering.app.parameters
    params = sorted(name for name in named if name in known and not known[name].secret)
    check_length(function, params, len(keys), lowering)
    values = [piece for key in keys for piece in (" ", Param(key))]
    values += [piece for name in params for piece in (" ", lowering.text(Param(name)))]
    return joined(sha256(text.encode()).hexdigest()[:DIGEST], *values)


def versioned(content: Mapping[str, Value]) -> dict[str, Value]:
    """The properties of a function, without those of no version."""
    return {name: value for name, value in content.items() if name not in BESIDE}


def check_length(function: Any, params: list[str], keys: int, lowering: Lowering) -> None:
    """Reports params whose values are too long together for the description of a version."""
    defaults = [lowering.app.parameters[name].default for name in params]
    texts = [",".join(map(str, d)) if isinstance(d, list | tuple) else str(d) for d in defaults if d is not None]
    length = DIGEST + keys * (1 + KEY) + sum(1 + len(text) for text in texts)
    if length > MOST_CHARACTERS:
        lowering.report.error(
            "IFC370",
            f"a version is told from others by what its params say, in {MOST_CHARACTERS} characters, and those of `{function.name}` "
            f"make {length}",
            function.declared.span,
            "too long a description",
            f"put {'the longest of ' if params[1:] else ''}{', '.join(f'`{name}`' for name in params)} into a `config` that the function reads",
        )


def identity(placed: Placed) -> Value:
    """What makes another one of a resource whose name is known at deployment only."""
    content, replaces = placed.resource.cfn(), placed.resource.replaces
    for overlay in placed.overlays:
        if overlay.target == "cfn":
            content = {**content, **overlay.content}
    return {name: content.get(name) for name in replaces} if replaces is not None else content


def plain(value: Value) -> Value:
    """A value whose `repr` is the same for the same content, whatever order it was written in."""
    if isinstance(value, Mapping):
        return [(name, plain(part)) for name, part in sorted(value.items()) if part is not None]
    return [plain(part) for part in value] if isinstance(value, list | tuple) else value
