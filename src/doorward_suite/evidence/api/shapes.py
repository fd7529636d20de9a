"""What the API of evidence takes and gives, as schemas. Lists are as long as what an assessment may have."""

from __future__ import annotations

from doorward import api

from ..access import ASSESSOR, LARGEST, ROLES
from ..actions.assessments import LONGEST_NAME
from ..actions.linking import LONGEST_REASON as LONGEST_DELETE_REASON
from ..actions.progress import LONGEST_COMMENT
from ..collecting import HOW, LONGEST_SOURCE, LONGEST_TITLE
from ..models import CHANGED, INTACT, MISSING
from ..queries import library
from ..queries.objectives import MOST
from ..queries.team import MOST_MEMBERS
from ..sprs import Status
from ..stages import FINDINGS, LONGEST_REASON, STAGES, STEPS

#: How many pieces one page of the library has at most, and how many files one request names.
LARGEST_PAGE, MOST_FILES = 100, 100
_MOST_VERSIONS, _MOST_FILES_AT_ALL, _MOST_ASSESSMENTS = 1000, 1_000_000, 10_000
_LONGEST_TEXT = 20_000

NUMBER = api.Whole(1, LARGEST)
CODE = api.Text(40, 1, r"^[^/\u0000]+$", meaning="As the standard has it, such as AC, 3.1.1 or 3.1.1[a].")
ACCOUNT = api.Text(32, 1, r"^[A-Za-z0-9_-]+$", meaning="The number of an account; GET …/people has them.")
_DAY = api.Text(10, 10, r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$", format="date", meaning="Such as 2026-12-31.")
_FILE = api.Text(40, 1, r"^[A-Za-z0-9_-]+$", meaning="The id that /files or POST …/files gave.")
_TEXT = api.Text(_LONGEST_TEXT)
_STATUS = api.Maybe(api.Choice(tuple(Status), "Null while something of it is open."))
_STATE = api.Choice((INTACT, CHANGED, MISSING), "Whether the file on disk is the one that arrived.")
_NEXT = api.Maybe(api.Whole(meaning="Ask with `before` this for the next page; null on the last."))


PERSON = api.Fields("EvidencePerson", {"id": api.Text(32), "name": api.Text(200)})
_WHO = api.Maybe(PERSON)

ASSESSMENT = api.Fields(
    "Assessment",
    {
        "id": NUMBER,
        "name": api.Text(200),
        "standard": api.Text(40, meaning="The key of its catalogue."),
        "role": api.Choice((*ROLES, ASSESSOR), "Yours in it."),
        "created_at": api.Time(),
    },
)
ASSESSMENTS = api.Fields("Assessments", {"assessments": api.Listed(ASSESSMENT, _MOST_ASSESSMENTS)})

TALLY = api.Fields(
    "EvidenceTally",
    {
        "objectives": api.Whole(),
        **{stage: api.Whole(meaning=f"How many are at “{words}”.") for stage, words in STAGES.items()},
        **{
            finding: api.Whole(meaning=f"How many were found “{words.lower()}”.") for finding, words in FINDINGS.items()
        },
        "with_evidence": api.Whole(meaning="How many have at least one piece of evidence."),
        "overdue": api.Whole(meaning="How many should have been reviewed by now."),
    },
)
_FAMILY: dict[str, api.Schema] = {"code": CODE, "name": api.Text(200), "requirements": api.Whole(), "tally": TALLY}
FAMILY_LINE = api.Fields(
    "FamilyLine",
    {**_FAMILY, "met": api.Whole(meaning="Requirements that are met or not applicable."), "points_lost": api.Whole()},
)
OVERVIEW = api.Fields(
    "Overview",
    {
        "assessment": ASSESSMENT,
        "score": api.Fields(
            "SprsScore",
            {
                "value": api.Maybe(api.Whole(-LARGEST, LARGEST, "Null where the standard gives none.")),
                "points": api.Whole(-LARGEST, LARGEST, "The sum, whether or not it counts."),
                "lowest": api.Whole(-LARGEST, LARGEST),
                "highest": api.Whole(-LARGEST, LARGEST),
                "missing": api.Listed(CODE, MOST),
            },
        ),
        "tally": TALLY,
        "families": api.Listed(FAMILY_LINE, MOST),
        "evidence": api.Fields(
            "EvidenceNumbers",
            {name: api.Whole() for name in ("pieces", "bytes", "alarms", "expired", "expiring")},
        ),
    },
)
REQUIREMENT_LINE = api.Fields(
    "RequirementLine",
    {
        "id": CODE,
        "practice": api.Text(40),
        "family": CODE,
        "title": _TEXT,
        "weight": api.Maybe(api.Whole(meaning="Points lost when it is not met.")),
        "status": _STATUS,
        "tally": TALLY,
    },
)
FAMILY = api.Fields(
    "Family",
    {"code": CODE, "name": api.Text(200), "tally": TALLY, "requirements": api.Listed(REQUIREMENT_LINE, MOST)},
)
_OBJECTIVE: dict[str, api.Schema] = {
    "id": CODE,
    "requirement": CODE,
    "family": CODE,
    "title": _TEXT,
    "stage": api.Choice(tuple(STAGES)),
    "finding": api.Maybe(api.Choice(tuple(FINDINGS))),
    "partly": api.Flag("Not met, and met in part."),
    "reason": api.Text(LONGEST_REASON, meaning="What the reviewer said."),
    "evidence": api.Whole(meaning="How many pieces are linked to it."),
    "assignee": _WHO,
    "due_on": api.Maybe(_DAY),
    "collected_by": _WHO,
    "collected_at": api.Maybe(api.Time()),
    "reviewed_by": _WHO,
    "reviewed_at": api.Maybe(api.Time()),
}
OBJECTIVE_LINE = api.Fields("ObjectiveLine", _OBJECTIVE)
OBJECTIVES = api.Fields("Objectives", {"objectives": api.Listed(OBJECTIVE_LINE, MOST)})
_WORDING = api.Text(_LONGEST_TEXT, meaning="The official wording, where it was loaded; else empty.")
REQUIREMENT = api.Fields(
    "Requirement",
    {
        **REQUIREMENT_LINE.fields,
        "wording": _WORDING,
        "objectives": api.Listed(OBJECTIVE_LINE, MOST),
    },
)

VERSION = api.Fields(
    "EvidenceVersion",
    {
        "number": NUMBER,
        "name": api.Text(255, meaning="As it was called when it was sent."),
        "type": api.Text(120),
        "size": api.Whole(),
        "sha256": api.Text(64, 64, "^[0-9a-f]{64}$", meaning="Of what arrived."),
        "how": api.Maybe(api.Choice(tuple(HOW))),
        "source": api.Text(LONGEST_SOURCE),
        "collected_on": api.Maybe(_DAY),
        "expires_on": api.Maybe(_DAY),
        "notes": api.Listed(_TEXT, 100),
        "added_by": PERSON,
        "added_at": api.Time(),
        "checked_at": api.Time("When it was last read on disk."),
        "state": _STATE,
        "file": api.Text(200, meaning="Where it is given back."),
    },
)
_ITEM: dict[str, api.Schema] = {
    "id": NUMBER,
    "title": api.Text(LONGEST_TITLE),
    "owner": PERSON,
    "added_at": api.Time(),
    "expires_on": api.Maybe(_DAY),
    "state": _STATE,
    "versions": api.Whole(1),
    "objectives": api.Listed(CODE, MOST),
}
ITEM_LINE = api.Fields("EvidenceLine", {**_ITEM, "newest": VERSION})
ITEMS = api.Fields("EvidencePage", {"evidence": api.Listed(ITEM_LINE, LARGEST_PAGE), "next": _NEXT})
ITEM = api.Fields("Evidence", {**_ITEM, "versions": api.Listed(VERSION, _MOST_VERSIONS, least=1)})
VERSION_ADDED = api.Fields("VersionAdded", {"version": NUMBER})
CHECKED = api.Fields("EvidenceChecked", {"state": _STATE})

HISTORY_LINE = api.Fields(
    "HistoryLine",
    {
        "id": NUMBER,
        "at": api.Time(),
        "by": PERSON,
        "kind": api.Text(16, meaning="A step, a comment, or what was done with evidence."),
        "did": api.Text(300, meaning="The same in words."),
        "text": api.Text(LONGEST_COMMENT),
    },
)
OBJECTIVE = api.Fields(
    "Objective",
    {
        **_OBJECTIVE,
        "wording": _WORDING,
        "steps": api.Listed(api.Choice(tuple(STEPS)), len(STEPS)),
        "history": api.Listed(HISTORY_LINE, 100),
        "latest_evidence": api.Listed(api.Fields("EvidenceNamed", {"id": NUMBER, "title": _TEXT}), 100),
    },
)

PEOPLE = api.Fields(
    "EvidencePeople",
    {"people": api.Listed(api.Fields("TeamMember", {**PERSON.fields, "role": api.Choice(tuple(ROLES))}), MOST_MEMBERS)},
)
MANIFESTS = api.Fields(
    "Manifests",
    {
        "artifacts_log": api.Text(1 << 30, meaning="The content of CMMCAssessmentArtifacts.log."),
        "log_hash_log": api.Text(4000, meaning="The content of CMMCAssessmentLogHash.log."),
        "hash": api.Text(64, 64, "^[0-9A-F]{64}$", meaning="SHA-256 of the first, for eMASS."),
        "files": api.Listed(
            api.Fields(
                "HandedOver",
                {
                    "name": api.Text(400),
                    "sha256": api.Text(64, 64, "^[0-9a-f]{64}$"),
                    "size": api.Whole(),
                    "evidence": NUMBER,
                    "version": NUMBER,
                    "objectives": api.Listed(CODE, MOST),
                },
            ),
            _MOST_FILES_AT_ALL,
        ),
    },
)

# What is taken.

_DETAILS: dict[str, api.Schema] = {
    "title": api.Line(LONGEST_TITLE),
    "how": api.Choice(tuple(HOW)),
    "source": api.Line(LONGEST_SOURCE),
    "collected_on": _DAY,
    "expires_on": _DAY,
}
_OBJECTIVES = api.Listed(CODE, MOST, distinct=True)
NEW_ITEMS = api.Fields(
    "NewEvidence",
    {"files": api.Listed(_FILE, MOST_FILES, least=1, distinct=True), "objectives": _OBJECTIVES, **_DETAILS},
    optional=("objectives", *_DETAILS),
)
ADDED = api.Fields("EvidenceAdded", {"evidence": api.Listed(NUMBER, MOST_FILES, least=1)})
NEW_VERSION = api.Fields("NewVersion", {"file": _FILE, **_DETAILS}, optional=tuple(_DETAILS))
LINKS = api.Fields("NewLinks", {"objectives": api.Listed(CODE, MOST, least=1, distinct=True)})
LINKED = api.Fields("Linked", {"linked": api.Whole(meaning="How many objectives are new.")})
DELETION = api.Fields("Deletion", {"reason": api.Text(LONGEST_DELETE_REASON, 1)})
STEP = api.Fields(
    "TakeStep",
    {
        "step": api.Choice(tuple(STEPS)),
        "reason": api.Text(LONGEST_REASON, meaning="Some steps ask for one."),
        "partly": api.Flag("With not_met, where the standard knows a part: met in part."),
    },
    optional=("reason", "partly"),
)
COMMENT = api.Fields("NewComment", {"text": api.Text(LONGEST_COMMENT, 1)})
COMMENTED = api.Fields("CommentAdded", {"id": NUMBER})
ASSIGNMENT = api.Fields(
    "NewAssignment",
    {
        "objectives": api.Listed(CODE, MOST, least=1, distinct=True),
        "assignee": api.Maybe(ACCOUNT),
        "due_on": api.Maybe(_DAY),
    },
    optional=("due_on",),
)
ASSIGNED = api.Fields("Assigned", {"changed": api.Whole(meaning="How many objectives this changed.")})

STANDARD = api.Text(40, 1, meaning="The key of a catalogue; GET /api/evidence/standards has them.")
STANDARDS = api.Fields(
    "Standards", {"standards": api.Listed(api.Fields("Standard", {"key": STANDARD, "name": api.Text(200)}), 201)}
)
NEW_ASSESSMENT = api.Fields(
    "NewAssessment",
    {
        "name": api.Line(LONGEST_NAME),
        "lead": api.Line(200, meaning="The name of the account that leads it; yours where nothing is said."),
        "standard": STANDARD,
    },
    optional=("lead", "standard"),
)
BEGUN = api.Fields("AssessmentBegun", {"id": NUMBER})
NEW_MEMBER = api.Fields(
    "NewMember", {"name": api.Line(200, meaning="Of the account."), "role": api.Choice(tuple(ROLES))}
)

# What lists are asked for.

SHOW = api.Choice(tuple(one for one in library.SHOWS if one))
STAGE, FINDING = api.Choice(tuple(STAGES)), api.Choice(tuple(FINDINGS))
ASSIGNEE = api.Text(32, 1, r"^[A-Za-z0-9_-]+$", meaning="The number of an account, or nobody.")
