"""The account that is deployed to: credentials and region by boto3's usual chain, and what the stage demands of them."""

from __future__ import annotations

from typing import Any

import attrs
import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from ifc.deploy.demands import same_account, same_region
from ifc.deploy.faults import unusable
from ifc.diagnostics import Diagnostic, Failure
from ifc.handlers import reason
from ifc.model.app import App

# Botocore configuration reference: adaptive retries also slow down what is sent while a service throttles.
RETRIES = {"mode": "adaptive", "total_max_attempts": 10}
FIRST = {"mode": "standard", "total_max_attempts": 3}  # whoever has no network hears of it soon
CONNECT, READ = 10, 60  # seconds


@attrs.define(eq=False)
class Account:
    """An account and a region, with the clients that speak to its services."""

    number: str
    caller: str  # the ARN of whoever deploys
    region: str
    session: Any
    clients: dict[str, Any] = attrs.field(factory=dict)

    def client(self, service: str) -> Any:
        """The client of a service; the same one each time, as making one takes a while."""
        if service not in self.clients:
            self.clients[service] = _client(self.session, service, self.region, RETRIES)
        return self.clients[service]

    @property
    def title(self) -> str:
        """`account 123456789012, eu-west-1`."""
        return f"account {self.number}, {self.region}"

    @property
    def partition(self) -> str:
        """`aws`, or what the ARNs of another partition begin with."""
        return self.caller.split(":")[1] if self.caller.startswith("arn:") else "aws"


def opened(app: App, region: str | None, profile: str | None) -> Account:
    """The account of the credentials found; Failure where it is not the one that the app is deployed to."""
    same_region(app, region)
    session = boto3.Session(profile_name=profile, region_name=region or app.region)
    if not session.region_name:  # "" is what an empty variable says
        help = 'write `app NAME { region "eu-west-1" }`, or give `--region`'
        raise Failure(
            Diagnostic("IFC833", "no region is named: neither in the app, nor on the command line, nor in AWS's settings", help=help)
        )
    found = _caller(session)
    account = Account(found["Account"], found["Arn"], session.region_name, session)
    same_account(app, account.number)
    return account


def _caller(session: Any) -> Any:
    """Whose the credentials are; Failure where the file or the program that has them is not there."""
    try:
        return _client(session, "sts", session.region_name, FIRST).get_caller_identity()
    except BotoCoreError:
        raise
    except OSError as problem:
        named = f"`{problem.filename}`: {reason(problem)}" if problem.filename else reason(problem)
        raise Failure(unusable(named)) from None


def elsewhere(app: App, here: Account, region: str | None, profile: str | None) -> Account:
    """The same account in the region of another stage; Failure where that stage is another account's."""
    same_account(app, here.number)
    there = app.region or region or boto3.Session(profile_name=profile).region_name or here.region
    return here if there == here.region else Account(here.number, here.caller, there, here.session)


def _client(session: Any, service: str, region: str, retries: dict[str, Any]) -> Any:
    config = Config(retries=retries, connect_timeout=CONNECT, read_timeout=READ, user_agent_extra="ifc")
    try:
        return session.client(service, region_name=region, config=config)
    except BotoCoreError:
        raise
    except ValueError as problem:  # of an address that is none
        raise Failure(unusable(problem)) from None
