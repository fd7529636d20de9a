"""`fetch(OUTBOUND, address)`: ask another server, from a view, a background job, or a command of the app."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any

from flask import has_request_context

from doorward.core.access import Caller
from doorward.core.fetched import Fetched
from doorward.core.outbound import Outbound
from doorward.core.outbound_urls import read_url
from doorward.errors import OutboundRefused
from doorward.store.job_runner import Job, JobKind
from doorward.store.store import is_writing
from doorward.web.here import here
from doorward.web.outbound.asking import ask_for
from doorward.web.outbound.outbounds import write_refusal

if TYPE_CHECKING:
    from doorward.web.extension import Doorward

_at_work: ContextVar[tuple[Doorward, Caller]] = ContextVar("doorward_outbound")


def fetch(
    outbound: Outbound,
    address: str,
    *,
    method: str = "GET",
    json: Any = None,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Fetched:
    """Ask another server, as far as this outbound may.

    The address is judged, its name is looked up once, every address that it has is judged, and the connection leads
    to one of these. Redirects are judged again. Nothing of the answer is kept, and no cookie is ever sent.

    It takes its time, up to `seconds` of the outbound: say `@access.slow` at the view, or do it in a background job.
    Never inside a transaction, where everybody else who writes would wait for it.

    Arguments:
        outbound: one that `Doorward(app, outbounds=[…])` names.
        address: where to ask, as somebody typed it or a setting says it.
        method: one that the outbound names.
        json, form: the body, as JSON or as a form.
        headers: further ones, such as a key; they are not sent on to another host when a redirect leads there.

    Errors:
        OutboundRefused: the address, or where it leads, may not be asked. It is in the journal. Uncaught, it is a 422
            with a sentence for whoever typed it.
        OutboundFailed: no answer came in time, or not one that the outbound takes. Uncaught, it is a 503; in a
            background job it is tried again.
        RuntimeError, LookupError, ValueError: a mistake in the app.
    """
    door, actor = where_we_are()
    if is_writing():
        raise RuntimeError("fetch() inside a transaction makes everybody wait who writes: fetch first, then change")
    ask = ask_for(outbound, method, json, form, headers)
    try:
        return door.parts.outbounds.fetch(outbound, address, ask)
    except OutboundRefused as refusal:
        write_refusal(door.parts, actor, outbound.name, refusal)
        raise


def may_fetch(outbound: Outbound, address: str | None = None) -> bool:
    """Whether this outbound may ask for this address, as far as can be told without asking anybody.

    Arguments:
        address: None asks whether there is any host at all that it may ask, so that a page offers nothing in vain.

    For apps that would otherwise ask for a job in vain. What is true here may still be refused by `fetch`, which
    judges where the name leads; what is false is no attack, and not in the journal.

    Errors:
        LookupError, RuntimeError: as for `fetch`.
    """
    door, _actor = where_we_are()
    reach = door.parts.outbounds.reach(outbound)
    if address is None:
        return bool(reach.entries or reach.grants)
    try:
        reach.must_cover(read_url(address))
    except OutboundRefused:
        return False
    return True


def where_we_are() -> tuple[Doorward, Caller]:
    """The door, and on whose behalf: of this request, or of this job.

    Errors:
        RuntimeError: neither.
    """
    if has_request_context():
        at = here()
        return at.door, at.caller
    try:
        return _at_work.get()
    except LookupError:
        raise RuntimeError(
            "other servers are asked in a view, a background job and a command of a Doorward app only"
        ) from None


@contextmanager
def fetching_for(door: Doorward, actor: Caller) -> Iterator[None]:
    """Let `fetch` work in this block, outside of requests."""
    token = _at_work.set((door, actor))
    try:
        yield
    finally:
        _at_work.reset(token)


def door_at_work() -> Doorward | None:
    """The door whose background job runs in this thread; None outside of jobs."""
    found = _at_work.get(None)
    return found[0] if found is not None else None


def with_fetch(door: Doorward, kind: JobKind) -> JobKind:
    """The same kind of job; `fetch` works in it, on behalf of the job's owner."""

    def within(work: Callable[[Job], None]) -> Callable[[Job], None]:
        @wraps(work)
        def working(job: Job) -> None:
            with fetching_for(door, job.actor):
                work(job)

        return working

    return replace(kind, work=within(kind.work))
