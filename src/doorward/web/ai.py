"""`ask_ai(…)`: one question to the AI provider that the operator names, from a background job of an app.

It goes out by the kit's own outbound (`kit.ai`), so that the address is judged like every other. That something was
asked stands in the journal, by whom, what for and how much; what was asked and answered stands nowhere.
"""

from __future__ import annotations

import json
import logging
import re
from typing import Any

from doorward.core.ai import request_for, value_of
from doorward.core.schemas import Schema
from doorward.errors import AiFailed, Limited, NotFound, OutboundFailed, OutboundRefused
from doorward.store.store import is_writing
from doorward.web.outbound.asking import ask_for
from doorward.web.outbound.fetch import where_we_are
from doorward.web.outbound.outbounds import AI, ai_outbound, ai_provider, write_refusal

_log = logging.getLogger("doorward.ai")

_PURPOSE = re.compile(r"[a-z][a-z0-9]*(?:\.[a-z][a-z0-9_]*)+")
#: The longest answer that is asked for, unless the app says otherwise: a page or two.
_USUAL_TOKENS = 2_000
_ENOUGH = "That is as often as the AI service may be asked for now. Try again in {} minute{}."


def ai_offered() -> bool:
    """Whether the operator names an AI provider. Where not, pages offer nothing that would need one.

    Views that are there for it alone say `@access.needs_setting("ai_provider")`, and are 404 without.

    Errors:
        RuntimeError: neither in a request nor in a job.
    """
    door, _actor = where_we_are()
    return ai_provider(door.settings) is not None


def ai_host() -> str:
    """The host of the AI provider, so that a page can say where something goes; empty where there is none."""
    door, _actor = where_we_are()
    provider = ai_provider(door.settings)
    return provider.host if provider else ""


def ask_ai(
    purpose: str, task: str, data: Any, gives: Schema, *, counts_for: str = "", most_tokens: int = _USUAL_TOKENS
) -> Any:
    """Ask the AI provider for one value, and give it back if it is one.

    It takes up to `ai_timeout`: do it in a background job of a kind that `waits`. What comes back has the shape of
    `gives` and is otherwise as trustworthy as what a stranger types: check it as you check a form, and let a person
    accept it. Whoever wrote the data may have written it for the model to read.

    Arguments:
        purpose: the app and what for, such as `polls.draft`; it stands in the journal.
        task: what to do, in your own words and never in those of people.
        data: what people wrote, as values of JSON. Only what the task needs: no names, no addresses, no tokens.
        gives: the schema of the answer (`doorward.api`).
        counts_for: for whom it counts against the setting `ai_requests`; the caller, where nothing is said.
        most_tokens: the longest answer.

    Results:
        A value as `gives` describes it.

    Errors:
        AiFailed: no answer, or none that can be used. The sentence says what to do; nothing was changed.
        Limited: enough was asked for now.
        NotFound: the operator names no provider.
        ValueError, RuntimeError: a mistake in the app, such as too much data, or a call inside a transaction.
    """
    door, actor = where_we_are()
    provider, outbound = ai_provider(door.settings), ai_outbound(door.settings)
    if provider is None or outbound is None:
        raise NotFound
    if not _PURPOSE.fullmatch(purpose) or len(purpose) > 60:
        raise ValueError(f"a purpose names the app and what for, such as polls.draft, and not {purpose!r}")
    if is_writing():
        raise RuntimeError("ask_ai() inside a transaction makes everybody wait who writes: ask first, then change")
    request = request_for(provider, task, data, gives, most_tokens)
    ask = ask_for(outbound, "POST", json=request.body, headers=request.headers)
    try:
        door.parts.limiter.take(door.parts.limits.ai_requests, counts_for or actor.holder or purpose)
    except Limited as full:
        minutes = -(-full.retry_after // 60)
        raise Limited(full.retry_after, _ENOUGH.format(minutes, "s" * (minutes > 1))) from None
    signs = len(json.dumps(data, ensure_ascii=False))
    with door.store.transaction(actor) as tx:
        tx.journal("ai.asked", on=f"ai:{purpose}", host=provider.host, model=provider.model, signs=signs)
    try:
        answer = door.parts.outbounds.fetch(outbound, request.address, ask)
        return value_of(provider.protocol, answer.status, answer.body, answer.retry_after, gives)
    except OutboundRefused as refusal:
        write_refusal(door.parts, actor, AI, refusal)
        raise _logged(purpose, AiFailed(refusal.reason, AiFailed.away)) from None
    except OutboundFailed as problem:
        slow = problem.reason == "too slow"
        raise _logged(purpose, AiFailed(problem.reason, AiFailed.too_slow if slow else AiFailed.away)) from None
    except AiFailed as problem:
        raise _logged(purpose, problem) from None


def _logged(purpose: str, problem: AiFailed) -> AiFailed:
    _log.warning("%s: the AI service gave nothing: %s", purpose, problem.reason)
    return problem
