"""`python -m scripts.redeliver`: send again the webhooks the App missed, and tell which errors have no ticket."""

from __future__ import annotations

import argparse
from datetime import datetime

from app.domain.errors import SystemRefusedError
from app.domain.issues import Repository
from app.domain.mail import AlertArrived
from app.domain.squad import Squad
from app.domain.ticketless import SenderSaw, Ticketless
from app.flows.reading import Reading
from app.flows.redeliver import Redeliver
from app.flows.squad_files import redactor_of
from app.flows.ticketless import TicketlessErrors
from app.github.apps import Apps
from app.github.client import Client
from app.github.files import Files
from app.github.listing import Listing
from app.sentry.client import SentryErrors
from app.texts.ledger import summary
from scripts.job import Bench, Ended, Job, main, squad_of, tell


async def run(here: Bench, asked: argparse.Namespace) -> Ended:
    """One run: webhooks first, for what is sent again may make tickets. Having looked at nothing is not complete."""
    client = here.as_app()
    webhooks = None
    if client is not None:
        redeliver = Redeliver(Apps(client), here.pace, now=here.now, sleep=here.sleep, tell=tell)
        webhooks = await redeliver.run(dry_run=asked.dry_run)
    errors = await _errors(here, client)
    looked = webhooks is not None or errors is not None
    fine = (webhooks is None or not (webhooks.lost or webhooks.left)) and (errors is None or not errors.errors)
    return Ended(summary=summary(webhooks, errors, dry_run=asked.dry_run), complete=looked and fine)


async def _errors(here: Bench, client: Client | None) -> Ticketless | None:
    chosen = here.settings
    if chosen.sentry_token is None or chosen.sentry_organization is None or not chosen.sentry_sweep:
        return None
    sentry = SentryErrors(
        here.session,
        url=chosen.sentry_url,
        organization=chosen.sentry_organization,
        token=chosen.sentry_token.get_secret_value(),
        clock=here.now,
        query=chosen.sentry_sweep,
    )
    ground = await here.ground("")
    squad = squad_of(ground)
    redactor = redactor_of(squad)

    async def seen(since: datetime) -> SenderSaw:
        found = await sentry.seen_since(since, redactor=redactor)
        alerts = tuple(letter.mail.alert for letter in found.letters if isinstance(letter.mail, AlertArrived))
        return SenderSaw(alerts=alerts, unread=len(found.unread), complete=found.complete)

    places, unseen = await _places(here, client, ground.repository, squad)
    ledger = TicketlessErrors(seen, here.pace, now=here.now, sleep=here.sleep, tell=tell)
    return await ledger.run(places, chosen.ticket_label, unseen=unseen)


async def _places(
    here: Bench, client: Client | None, home: Repository, squad: Squad
) -> tuple[list[tuple[Reading, Repository]], tuple[str, ...]]:
    """Where tickets are: here, and where the squad's file sends its apps' tickets, which only the App may see."""
    places = [(Reading(Listing(here.client), here.pace), home)]
    unseen: list[str] = []
    others = {app.repository.casefold(): app.repository for app in squad.apps if app.repository}
    others.pop(home.name.casefold(), None)
    for name in others.values():
        if client is None:
            unseen.append(f"{name}: only the App may see it, and its key is not set.")
            continue
        try:
            found = await here.pace(lambda name=name: Files(client).find(name))  # type: ignore[misc]
        except SystemRefusedError as error:
            unseen.append(f"{name}: {error}")
            continue
        if found is None:
            unseen.append(f"{name}: the App is not installed there.")
        else:
            places.append((Reading(Listing(client), here.pace), found))
    return places, tuple(unseen)


JOB = Job(name="redeliver", help=(__doc__ or "").partition(": ")[2], run=run)

if __name__ == "__main__":
    main(JOB)
