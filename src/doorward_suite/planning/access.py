"""Who may do what in a consultation, and the only place that fetches a record for somebody.

Whoever neither organises a consultation nor takes part in it learns nothing of it, not even that it exists. What is
hidden, or still waits, is there for its organisers, and for whoever wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from doorward import Caller, Conflict, Forbidden, NotFound, now, read_code

from .models import (
    SHOWN,
    Attachment,
    Comment,
    Consultation,
    Contribution,
    Kind,
    Organiser,
    Participant,
    Question,
    Rule,
    Sheet,
)
from .phases import MAY, REFUSALS, RESULTS, phase_on

#: Begins consultations.
ORGANISER = "planning-organiser"
ROLES = {ORGANISER: "May begin consultations, and organises those that they began or were asked to organise."}
#: What a participant's token opens.
TAKE_PART = "planning:take-part"
READ = "planning:read"
MANAGE = "planning:manage"
MODERATE = "planning:moderate"
SCOPES = {
    TAKE_PART: "Take part in the one consultation that you were invited to",
    READ: "Read the consultations that you organise, with what was contributed",
    MANAGE: "Begin, settle and delete consultations that you organise, ask for sheets of tokens and end tokens",
    MODERATE: "Show, hide, sort and put together what was contributed to the consultations that you organise",
}
#: What is public about a consultation, and when.
PUBLISHED = "the results of a consultation whose organiser has published them"
BY_LINK = "the title of a consultation whose organiser lets everybody register, and its kinds of participant"

#: With one of these a program organises what its owner does; what it may do there, its route's rule says.
_ORGANISES = frozenset({READ, MANAGE, MODERATE})

LARGEST = 2**63 - 1
_NONE = "There is no such consultation, or you do not take part in it."
_NOTHING = "There is no such contribution."


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody's place in a consultation.

    Arguments:
        consultation: which one.
        holder: theirs, as `Caller.holder`.
        participant: as whom they take part; None where they only organise.
        organises: whether they organise it.
        phase: of `phases.PHASES`, or `SOON`.
    """

    consultation: Consultation
    holder: str
    participant: Participant | None
    organises: bool
    phase: str

    def may(self, act: str) -> bool:
        """Whether this can be done as a participant now; for pages, which offer nothing that would be refused."""
        return self.participant is not None and act in MAY[self.phase]


def may_begin(actor: Caller) -> bool:
    """Whether somebody may begin a consultation."""
    known = actor.is_signed_in and (actor.scopes is None or MANAGE in actor.scopes)
    return known and bool(actor.roles & {"admin", ORGANISER})


def must_begin(actor: Caller) -> None:
    if not may_begin(actor):
        raise Forbidden("Consultations are begun by organisers.")


def seat_in(db: Session, actor: Caller, number: int, *, lock: bool = False, at: datetime | None = None) -> Seat:
    """The actor's place in a consultation.

    Arguments:
        number: of the consultation.
        lock: whether what is about to change must not change twice at once: the consultation's row is held.
        at: the time that says which phase it is; where none is given, now.

    Errors:
        NotFound: there is none, or they have no place in it.
    """
    found = _consultation(db, number, lock=lock)
    participant = db.get(Participant, (actor.holder, number)) if actor.holder else None
    organises = _organises(db, actor, number)
    if found is None or (participant is None and not organises):
        raise NotFound(_NONE)
    return Seat(found, actor.holder, participant, organises, phase_of(found, (at or now()).date()))


def _consultation(db: Session, number: int, *, lock: bool = False) -> Consultation | None:
    if not 0 < number <= LARGEST:
        return None
    query = select(Consultation).where(Consultation.id == number, Consultation.deleted_at.is_(None))
    query = query.with_for_update() if lock else query
    return db.scalar(query.execution_options(populate_existing=True))


def _organises(db: Session, actor: Caller, number: int) -> bool:
    """A program organises only by a scope that says so: a token to take part brings nothing of its owner along."""
    if not actor.is_signed_in or not (actor.scopes is None or _ORGANISES & actor.scopes):
        return False
    return db.get(Organiser, (number, actor.id)) is not None if 0 < number <= LARGEST else False


def phase_of(consultation: Consultation, day: date) -> str:
    """The phase that a consultation is in on a day (UTC)."""
    begins = (consultation.collect_on, consultation.discuss_on, consultation.prioritise_on, consultation.results_on)
    return phase_on(day, begins)


def organiser_in(db: Session, actor: Caller, number: int, *, lock: bool = False) -> Seat:
    """The actor's place in a consultation that they organise.

    Errors:
        NotFound: they have no place in it. Forbidden: they only take part.
    """
    seat = seat_in(db, actor, number, lock=lock)
    if not seat.organises:
        raise Forbidden("Only organisers of this consultation do this.")
    return seat


def participant_in(
    db: Session, actor: Caller, number: int, act: str, *, at: datetime | None = None
) -> tuple[Seat, Participant]:
    """The actor's place in a consultation in which they take part, in a phase in which this is done.

    Errors:
        NotFound: they have no place in it. Forbidden: they only organise. Conflict: not in this phase.
    """
    seat = seat_in(db, actor, number, at=at)
    if seat.participant is None:
        raise Forbidden("Only participants do this. Register by the link of this consultation to take part yourself.")
    if act not in MAY[seat.phase]:
        raise Conflict(REFUSALS[act])
    return seat, seat.participant


def contribution_in(db: Session, seat: Seat, number: int, *, lock: bool = False) -> Contribution:
    """A contribution of this consultation that one may read."""
    query = select(Contribution).where(
        Contribution.id == min(number, LARGEST), Contribution.consultation_id == seat.consultation.id
    )
    query = query.with_for_update() if lock else query
    found = db.scalar(query.execution_options(populate_existing=True))
    if found is None or not (found.state == SHOWN or seat.organises or found.holder == seat.holder):
        raise NotFound(_NOTHING)
    return found


def shown_contribution(db: Session, seat: Seat, number: int) -> Contribution:
    """A contribution that everybody in the consultation sees, held: only of such there is more to say."""
    found = contribution_in(db, seat, number, lock=True)
    if found.state != SHOWN:
        raise Conflict("This contribution is not shown.")
    return found


def comment_in(db: Session, seat: Seat, number: int) -> Comment:
    """A comment in this consultation, for its organisers."""
    found = db.get(Comment, number) if 0 < number <= LARGEST else None
    if found is None or found.consultation_id != seat.consultation.id:
        raise NotFound("There is no such comment.")
    return found


def attachment_in(db: Session, seat: Seat, number: int) -> Attachment:
    """A file beside a contribution that one may read."""
    found = db.get(Attachment, number) if 0 < number <= LARGEST else None
    if found is None:
        raise NotFound("There is no such file.")
    contribution_in(db, seat, found.contribution_id)
    return found


def kind_in(db: Session, consultation: Consultation, number: int) -> Kind:
    """A kind of participant of this consultation."""
    found = db.get(Kind, number) if 0 < number <= LARGEST else None
    if found is None or found.consultation_id != consultation.id:
        raise NotFound("There is no such kind of participant.")
    return found


def question_in(db: Session, consultation: Consultation, number: int) -> Question:
    """A question of this consultation."""
    found = db.get(Question, number) if 0 < number <= LARGEST else None
    if found is None or found.consultation_id != consultation.id:
        raise NotFound("There is no such question.")
    return found


def sheet_in(db: Session, seat: Seat, number: int) -> Sheet:
    """A sheet of tokens of this consultation."""
    found = db.get(Sheet, number) if 0 < number <= LARGEST else None
    if found is None or found.consultation_id != seat.consultation.id:
        raise NotFound("There is no such sheet.")
    return found


def with_link(db: Session, code: str) -> Consultation:
    """The consultation that everybody may register for by this link. Closed, deleted, never there: all NotFound."""
    plain = read_code(code)
    found = db.scalar(select(Consultation).where(Consultation.code == plain)) if plain else None
    if found is None or found.deleted_at is not None or not found.open_link:
        raise NotFound("This link leads nowhere, or registering is closed.")
    if phase_of(found, now().date()) == RESULTS:
        raise NotFound("This link leads nowhere, or registering is closed.")
    return found


def published(db: Session, actor: Caller, number: int) -> tuple[Consultation, bool]:
    """A consultation whose results the actor may read: everybody where they are published, else its organisers.

    Results:
        The consultation, and whether the actor organises it.
    """
    found, organises = _consultation(db, number), _organises(db, actor, number)
    if found is None or not (found.published or organises):
        raise NotFound("There are no such results.")
    return found, organises


def of_token(db: Session, actor: Caller) -> int | None:
    """The consultation that a participant's token is for."""
    if actor.token_id is None:
        return None
    query = select(Participant.consultation_id).where(Participant.holder == actor.holder)
    return db.scalar(query)


def rule_in(db: Session, seat: Seat, number: int) -> Rule:
    """A rule of this consultation."""
    found = db.get(Rule, number) if 0 < number <= LARGEST else None
    if found is None or found.consultation_id != seat.consultation.id:
        raise NotFound("There is no such rule.")
    return found


def kinds_of(db: Session, consultation: Consultation) -> list[Kind]:
    """The kinds of participant, in the order in which they were added."""
    return list(db.scalars(select(Kind).where(Kind.consultation_id == consultation.id).order_by(Kind.id)))


def questions_of(db: Session, consultation: Consultation) -> list[Question]:
    """What the organiser asks, in the order in which it was asked."""
    return list(db.scalars(select(Question).where(Question.consultation_id == consultation.id).order_by(Question.id)))


def hold(db: Session, participant: Participant) -> None:
    """Whoever puts dots twice at once does it one after the other, so that nobody has more than they have."""
    key = (Participant.holder == participant.holder, Participant.consultation_id == participant.consultation_id)
    db.execute(select(Participant.holder).where(*key).with_for_update())


def phase_now(consultation: Consultation) -> str:
    """The phase that a consultation is in today (UTC)."""
    return phase_of(consultation, now().date())
