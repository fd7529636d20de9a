"""Evidence: what a team gathers for an assessment by NIST SP 800-171 and CMMC level 2. What the portal needs."""

from __future__ import annotations

from pathlib import Path

from doorward import Leaving, Migrations

from .actions import leaving
from .api.examples import EXAMPLES as PROGRAM_EXAMPLES
from .commands import COMMANDS
from .examples import EXAMPLES as PAGE_EXAMPLES
from .files import INTAKES
from .jobs import JOBS
from .queries import personal
from .views import blueprint

TITLE = "Evidence"
SENTENCE = "Collect and review what an assessment by NIST SP 800-171 and CMMC asks for."
MIGRATIONS = Migrations(Path(__file__).parent / "migrations", head="evidence_0007")
EXAMPLES = {**PAGE_EXAMPLES, **PROGRAM_EXAMPLES}
SCOPES = {
    "evidence:read": "Read the assessments you are in, with their evidence",
    "evidence:write": "Send evidence, link it, and take objectives further, in the assessments you are in",
    "evidence:manage": "Say who is in the teams that you lead, and begin assessments if you are an administrator",
}
LEAVING = Leaving(
    "evidence",
    export=personal.everything_of,
    soft=leaving.let_go,
    hard=leaving.erase,
    stays=(
        "Your places in assessments end, and guests whom you invited are out. What you collected, reviewed and said "
        "stays in the assessments, under “Deleted account”."
    ),
    goes=(
        "Your places in assessments end, and what you wrote in comments is erased. The evidence that you collected, "
        "the findings of your reviews, the POA&M and the SSP mapping stay: they are the organisation's proof, under "
        "“Deleted account”."
    ),
)

__all__ = [
    "COMMANDS",
    "EXAMPLES",
    "INTAKES",
    "JOBS",
    "LEAVING",
    "MIGRATIONS",
    "SCOPES",
    "SENTENCE",
    "TITLE",
    "blueprint",
]
