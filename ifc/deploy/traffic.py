"""Calls on their way from one version of a function to the next: what CodeDeploy is doing for a stack."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from ifc.deploy.account import Account
from ifc.deploy.faults import one_line
from ifc.deploy.stack import Stack, resources
from ifc.records import named

APPLICATION, GROUP = "AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup"
PAUSE = 5.0  # seconds between two looks
OPEN = ["Created", "Queued", "InProgress", "Baking", "Ready"]  # CodeDeploy API reference, ListDeployments


@named
class Shift:
    """A deployment of CodeDeploy's that is under way."""

    id: str
    application: str
    group: str
    status: str
    began: str


def moving(account: Account, stack: Stack) -> list[Shift]:
    """What is under way for the functions of a stack; stacks without gradual deployments are not asked about."""
    found = resources(account, stack.id)
    groups = sorted(r["PhysicalResourceId"] for r in found.values() if r["ResourceType"] == GROUP and r.get("PhysicalResourceId"))
    applications = sorted(
        r["PhysicalResourceId"] for r in found.values() if r["ResourceType"] == APPLICATION and r.get("PhysicalResourceId")
    )
    return [shift for application in applications for group in groups for shift in _of(account, application, group)]


def _of(account: Account, application: str, group: str) -> list[Shift]:
    client = account.client("codedeploy")
    try:
        pages = client.get_paginator("list_deployments").paginate(
            applicationName=application, deploymentGroupName=group, includeOnlyStatuses=OPEN
        )
        ids = [id for page in pages for id in page["deployments"]]
    except client.exceptions.DeploymentGroupDoesNotExistException:  # it is another application's
        return []
    return [_shift(client, id, application, group) for id in ids]


def _shift(client: Any, id: str, application: str, group: str) -> Shift:
    info = client.get_deployment(deploymentId=id)["deploymentInfo"]
    began = info.get("startTime") or info.get("createTime")
    return Shift(id=id, application=application, group=group, status=info["status"], began=f"{began:%Y-%m-%d %H:%M}" if began else "")


def stop(account: Account, shift: Shift) -> None:
    """Stops a shift and moves all calls back."""
    account.client("codedeploy").stop_deployment(deploymentId=shift.id, autoRollbackEnabled=True)


# --- begun by us: with Terraform nothing else moves the calls ---


@named
class Move:
    """Calls of an alias that go over to another version."""

    name: str  # of the function, as declared
    application: str
    group: str
    function: str
    alias: str
    target: str  # the version
    before: str = ""  # functions that CodeDeploy calls before any call moves, and after all have
    after: str = ""


def begun(account: Account, move: Move) -> str | None:
    """The id of the deployment that moves the calls; None where they are there already."""
    current = account.client("lambda").get_alias(FunctionName=move.function, Name=move.alias)["FunctionVersion"]
    if current == move.target:
        return None
    content = json.dumps(specification(move, current))
    revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}
    answer = account.client("codedeploy").create_deployment(
        applicationName=move.application, deploymentGroupName=move.group, revision=revision, description="ifc deploy"
    )
    return str(answer["deploymentId"])


def specification(move: Move, current: str) -> dict[str, Any]:
    """What CodeDeploy is told (CodeDeploy user guide, AppSpec file example for an AWS Lambda deployment)."""
    properties = {"Name": move.function, "Alias": move.alias, "CurrentVersion": current, "TargetVersion": move.target}
    hooks = [{"BeforeAllowTraffic": move.before}] if move.before else []
    hooks += [{"AfterAllowTraffic": move.after}] if move.after else []
    resource = {"Type": "AWS::Lambda::Function", "Properties": properties}
    return {"version": 0.0, "Resources": [{move.name: resource}], **({"Hooks": hooks} if hooks else {})}


def ended(account: Account, id: str, pause: Callable[[float], None] = time.sleep) -> str:
    """Why a deployment failed, once it has come to its end; "" where all calls have moved."""
    while True:
        info = account.client("codedeploy").get_deployment(deploymentId=id)["deploymentInfo"]
        if info["status"] == "Succeeded":
            return ""
        if info["status"] in ("Failed", "Stopped"):
            return one_line(info.get("errorInformation", {}).get("message") or f"it was {info['status'].lower()}")
        pause(PAUSE)
