"""The table of docs/proof.md: defence × attack. `python -m tests.prove.table` writes it anew."""

from __future__ import annotations

from pathlib import Path

from doorward.prove.attacks import ALL
from tests.prove.switches import all_switches

FILE = Path(__file__).resolve().parents[2] / "docs" / "proof.md"
COMMAND = "python -m tests.prove.table"

_HEAD = """# The proof of the proofs

An attack that never wins proves nothing. So the tests switch off each defence of the kit, one at a time, by a switch
that only they can throw, and let `doorward prove` attack a small sound app: exactly the attacks that name the defence
win, and no other. With all defences on, none wins
([tests/prove/test_defences.py](../tests/prove/test_defences.py); those marked with * need a real server,
[tests/prove/test_weakened_server.py](../tests/prove/test_weakened_server.py); attacks on streams need one that holds
them, [tests/prove/test_stream_defences.py](../tests/prove/test_stream_defences.py)).

This file is made from the switches and the attacks, and a test fails when it is not what they say. Renew it:
`{command}`

{count} defences, {attacks} attacks.

| without this defence | what it does | these attacks win |
|---|---|---|
"""


def proof_page() -> str:
    """The whole page, as it should be now."""
    rows = []
    for name, switch in all_switches().items():
        winning = ", ".join(f"`{attack.id}`" for attack in ALL if name in attack.defences)
        rows.append(f"| **{name}**{' *' if switch.on_server else ''} | {switch.does} | {winning} |\n")
    return _HEAD.format(command=COMMAND, count=len(rows), attacks=len(ALL)) + "".join(rows)


if __name__ == "__main__":
    FILE.write_text(proof_page(), "utf-8")
