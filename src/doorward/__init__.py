"""Doorward keeps the door of self-hosted Flask apps. These names are public; nothing else is."""

from doorward.core.access import Caller
from doorward.core.examples import Example, People
from doorward.core.fetched import Fetched
from doorward.core.map_tiles import TileLayer
from doorward.core.outbound import Outbound
from doorward.core.streams import ListenerMark
from doorward.core.tables import Cell, csv_table, safe_cell
from doorward.core.texts import one_line, problem_with, some_lines, whole_number
from doorward.core.tokens import new_code, read_code
from doorward.core.uploads import Intake
from doorward.errors import (
    AiFailed,
    BadRequest,
    Conflict,
    DoorwardError,
    FileRefused,
    Forbidden,
    Invalid,
    Limited,
    NotFound,
    OutboundFailed,
    OutboundRefused,
    Refused,
    StartRefused,
    TooLarge,
    Unavailable,
)
from doorward.store.file_reading import check_file, open_file
from doorward.store.file_records import StoredFile
from doorward.store.job_runner import Job, JobKind
from doorward.store.journal import excerpt as journal_excerpt
from doorward.store.known import account_names, find_account
from doorward.store.leaving import Leaving
from doorward.store.migrate import Migrations
from doorward.store.models import BigNumber, Record
from doorward.store.moments import Moment
from doorward.store.store import grouped, now, reading, transaction
from doorward.store.transaction import Transaction
from doorward.web import access, api
from doorward.web.ai import ai_host, ai_offered, ask_ai
from doorward.web.answers import wants_json
from doorward.web.app_files import static_files
from doorward.web.app_mail import write_to
from doorward.web.calls import call_servers, calls_only_relayed
from doorward.web.cookies import recall, remember
from doorward.web.document_pages import show_page
from doorward.web.entry import journal
from doorward.web.extension import Doorward
from doorward.web.file_answer import file_answer
from doorward.web.helpers import keyed_hash, last_backup, page_address
from doorward.web.intakes import file_within, sent_files
from doorward.web.issuing import (
    IssuedState,
    IssuedToken,
    issue_token_for,
    issue_tokens,
    issued_tokens,
    replace_token,
    revoke_token,
    revoke_tokens,
)
from doorward.web.jinja import current_account, current_caller
from doorward.web.jobs import own_job
from doorward.web.limit import also_counts, limit
from doorward.web.map_tiles import has_map_tiles, map_tiles
from doorward.web.notices import AccountNotice, account_notices
from doorward.web.outbound.fetch import fetch, may_fetch
from doorward.web.spreadsheets import Sheet, xlsx_pieces, xlsx_table
from doorward.web.topics import live_cursor, live_listeners, live_people, live_tell, topic

__all__ = [
    "AccountNotice",
    "AiFailed",
    "BadRequest",
    "BigNumber",
    "Caller",
    "Cell",
    "Conflict",
    "Doorward",
    "DoorwardError",
    "Example",
    "Fetched",
    "FileRefused",
    "Forbidden",
    "Intake",
    "Invalid",
    "IssuedState",
    "IssuedToken",
    "Job",
    "JobKind",
    "Leaving",
    "Limited",
    "ListenerMark",
    "Migrations",
    "Moment",
    "NotFound",
    "Outbound",
    "OutboundFailed",
    "OutboundRefused",
    "People",
    "Record",
    "Refused",
    "Sheet",
    "StartRefused",
    "StoredFile",
    "TileLayer",
    "TooLarge",
    "Transaction",
    "Unavailable",
    "access",
    "account_names",
    "account_notices",
    "ai_host",
    "ai_offered",
    "also_counts",
    "api",
    "ask_ai",
    "call_servers",
    "calls_only_relayed",
    "check_file",
    "csv_table",
    "current_account",
    "current_caller",
    "fetch",
    "file_answer",
    "file_within",
    "find_account",
    "grouped",
    "has_map_tiles",
    "issue_token_for",
    "issue_tokens",
    "issued_tokens",
    "journal",
    "journal_excerpt",
    "keyed_hash",
    "last_backup",
    "limit",
    "live_cursor",
    "live_listeners",
    "live_people",
    "live_tell",
    "map_tiles",
    "may_fetch",
    "new_code",
    "now",
    "one_line",
    "open_file",
    "own_job",
    "page_address",
    "problem_with",
    "read_code",
    "reading",
    "recall",
    "remember",
    "replace_token",
    "revoke_token",
    "revoke_tokens",
    "safe_cell",
    "sent_files",
    "show_page",
    "some_lines",
    "static_files",
    "topic",
    "transaction",
    "wants_json",
    "whole_number",
    "write_to",
    "xlsx_pieces",
    "xlsx_table",
]
