"""`python -m app check` and `schema`: the squad's files held against their rules, before they are merged.

Where the App's settings are at hand and name a token of Slack's, Slack is asked whether it and the channel are right;
and it is said whether PagerDuty is told of what is severe.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Final

from app import settings, wiring
from app.cli.commands import MAPS, Command, add_files, counted, owners_of, shown, squad_of
from app.decisions.routing import checked
from app.domain.errors import LaterError, UserError
from app.domain.owners import Fault
from app.domain.squad import Squad
from app.intake import squad_file
from app.settings import Settings, SettingsError
from app.slack.answers import TRIED_AGAIN

_NO_MAP: Final = Fault(
    path=MAPS[0],
    line=0,
    message="There is no owners map here, and no CODEOWNERS either: nobody answers for any error. Begin the file with "
    "the line “* @login”, naming the project's tech lead.",
)


def _run(chosen: argparse.Namespace) -> None:
    squad, faults = squad_of(chosen)
    owners = owners_of(chosen)
    found = [*faults, *owners.owners.faults, *(checked(owners, squad) if owners.owners.source else (_NO_MAP,))]
    for fault in found:
        print(shown(fault))
    if found:
        raise UserError(f"{counted(len(found), 'fault')}.")
    print(f"{counted(len(owners.owners.rules), 'rule')} in {owners.owners.source or 'no map'}, no faults.")
    try:
        configured = settings.read()
    except SettingsError:
        return  # beside the files alone, as in a workflow, there is nothing to ask and to tell
    print(_pagerduty(configured, squad))
    _ask_slack(configured, squad)


def _pagerduty(configured: Settings, squad: Squad) -> str:
    if configured.pagerduty_routing_key is None:
        return "PagerDuty is not told of what is severe: PAGERDUTY_ROUTING_KEY is not set."
    if not squad.severe.pagerduty:
        return "PagerDuty is not told of what is severe: the squad's file says `severe: {pagerduty: false}`."
    return (
        "PagerDuty is told of what is severe. Whether it takes PAGERDUTY_ROUTING_KEY is not tried: any event that it "
        "takes may call somebody."
    )


def _ask_slack(configured: Settings, squad: Squad) -> None:
    """Raises what Slack raises; UserError for what would be tried again, which is not done here."""
    channel = squad.slack.channel if squad.slack is not None else ""
    try:
        whose = asyncio.run(wiring.whose_slack(configured, channel))
    except LaterError as error:
        raise UserError(f"{str(error).removesuffix(TRIED_AGAIN).rstrip('.')}. Run it again later.") from None
    if whose is not None:
        where = f"it is in {channel}" if channel else "the squad's file names no channel, so nothing is shown there"
        print(f"Slack: SLACK_TOKEN is {whose}; {where}.")


def _schema(_: argparse.Namespace) -> None:
    print(json.dumps(squad_file.schema(), indent=2))


COMMAND = Command(
    name="check",
    help="Check the owners map and the squad's file.",
    add=add_files,
    run=_run,
    about="It looks at the two files. Where the App is set up, it asks Slack whether SLACK_TOKEN is good, and tells "
    "whether PagerDuty is told of what is severe. Whether a login or a team exists, may see the repository and can be "
    "assigned, and which projects Sentry has, it can't see; the App finds that out, and says so on the ticket.",
)
SCHEMA = Command(name="schema", help="Print the JSON Schema of the squad's file.", add=lambda _: None, run=_schema)
