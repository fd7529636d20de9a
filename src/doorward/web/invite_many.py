"""Inviting many people by a list: kept while one looks, made in one act, its links seen by one person for an hour.

Neither the list nor the links lie in the database in the clear: both are encrypted, for the one who sent the list.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorward.core.invite_lists import Wanted, read
from doorward.core.roles import stored
from doorward.core.tokens import new_one_time_code
from doorward.errors import Conflict, NotFound
from doorward.store import invitation_sheets
from doorward.store.invitation_models import InvitationSheet
from doorward.store.invitation_sheets import NewInvitation
from doorward.store.sweeping import SHEET_LIFE
from doorward.web.here import Here

_LIST, _LINKS = "invite-list", "invite-links"


@dataclass(frozen=True, slots=True)
class Link:
    """One invitation of a sheet, with what its link ends in."""

    name: str
    role: str
    email: str
    uses: str
    expires: datetime
    code: str


def keep(at: Here, text: str) -> int:
    """Keep a list to look at. The number of its sheet.

    Errors:
        UnreadableList: it cannot be read at all.
    """
    read(text, listed(at))
    with at.door.store.transaction(at.caller) as tx:
        return invitation_sheets.begin(tx, at.caller.id, at.door.keys.encrypt(_LIST, text.encode(), owner=at.caller.id))


def listed(at: Here) -> list[str]:
    """Every role that an invitation may give here."""
    return [role.name for role in at.door.roles]


def own_sheet(at: Here, number: int) -> InvitationSheet:
    """The caller's sheet of this number.

    Errors:
        NotFound: there is none, it is another administrator's, or the list was looked at too long.
    """
    with at.door.store.reading() as db:
        sheet = invitation_sheets.of_owner(db, number, at.caller.id)
    if sheet is None or (sheet.made_at is None and at.now - sheet.created_at > SHEET_LIFE):
        raise NotFound("This list is not here any more. Send it again.")
    return sheet


def text_of(at: Here, sheet: InvitationSheet) -> str:
    """The list as it was sent."""
    return at.door.keys.decrypt(_LIST, sheet.rows, owner=at.caller.id).decode()


def make(at: Here, sheet: InvitationSheet, *, only_good: bool) -> int:
    """Make the invitations of a list. How many.

    Arguments:
        only_good: whether lines with problems are left out; otherwise nothing is made while there is one.

    Errors:
        Conflict: some lines are wrong, or all are, or it was made in the meantime.
    """
    if sheet.made_at is not None:
        raise Conflict("The invitations of this list are made already.")
    rows = read(text_of(at, sheet), listed(at))
    good = [row for row in rows if not row.problems]
    if not good or (len(good) < len(rows) and not only_good):
        raise Conflict("Some lines of the list are wrong. Nothing was made.")
    links = [Link(row.name, row.role, row.email, row.uses, _end(at, row), new_one_time_code()) for row in good]
    wanted = [_new(at, link) for link in links]
    with at.door.store.transaction(at.caller) as tx:
        if not invitation_sheets.make(tx, sheet.id, wanted, _sealed(at, links)):
            raise Conflict("The invitations of this list are made already.")
        tx.journal(
            "invitation.sheet_made",
            on=f"invitations:{sheet.id}",
            count=len(wanted),
            roles=dict(Counter(link.role for link in links)),
            left_out=len(rows) - len(good),
        )
    return len(wanted)


def _new(at: Here, link: Link) -> NewInvitation:
    return NewInvitation(link.code, link.name, stored([link.role]), link.expires - at.now, int(link.uses))


def _end(at: Here, row: Wanted) -> datetime:
    return at.now + timedelta(days=int(row.days))


def _sealed(at: Here, links: list[Link]) -> str:
    plain = [[one.name, one.role, one.email, one.uses, one.expires.isoformat(), one.code] for one in links]
    return at.door.keys.encrypt(_LINKS, json.dumps(plain).encode(), owner=at.caller.id)


def links_of(at: Here, sheet: InvitationSheet) -> list[Link]:
    """The links of a sheet; none once they were forgotten, or an hour after they were made."""
    if not sheet.links or sheet.made_at is None or at.now - sheet.made_at > SHEET_LIFE:
        return []
    plain = json.loads(at.door.keys.decrypt(_LINKS, sheet.links, owner=at.caller.id))
    return [
        Link(name, role, email, uses, datetime.fromisoformat(end), code) for name, role, email, uses, end, code in plain
    ]


def forget(at: Here, sheet: InvitationSheet) -> None:
    """The caller has the links: nobody sees them again."""
    with at.door.store.transaction(at.caller) as tx:
        invitation_sheets.forget_links(tx, sheet.id)
        tx.journal("invitation.links_forgotten", on=f"invitations:{sheet.id}")


def take_back(at: Here, sheet: InvitationSheet) -> int:
    """Make every link of the sheet that was not used worthless. How many."""
    with at.door.store.transaction(at.caller) as tx:
        count = invitation_sheets.take_back(tx, sheet.id)
        tx.journal("invitation.sheet_taken_back", on=f"invitations:{sheet.id}", count=count)
        return count
