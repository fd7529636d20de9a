"""`doorward` without some of its defences: `python -m tests.prove.weakened <switch>[,<switch>] serve …`.

For attacks that need a real server: the switch must be thrown inside its process.
"""

from __future__ import annotations

import sys

from doorward.cli.main import main
from tests.prove.switches import thrown

if __name__ == "__main__":
    names = sys.argv.pop(1).split(",")
    with thrown(*names):
        main()
