"""The WSGI entry, for servers other than ours: `gunicorn --worker-class gthread doorward.serve.wsgi:application`.

Live streams then cost a thread each; `doorward serve` holds thousands of them in one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from doorward.live.hub import Hub
from doorward.serve import addresses
from doorward.serve.apps import load_app
from doorward.serve.consumer import Workers
from doorward.serve.housekeeping import Housekeeping
from doorward.serve.threads import ThreadStreams
from doorward.settings import DATA_VARIABLE
from doorward.web.topics import named_people, people_counts


def make_application(target: str | None = None) -> Any:
    """The suite, or the app of the setting `app`, as a WSGI callable with modest live streams.

    Arguments:
        target: `module:name`; by default what DOORWARD_APP says.
    """
    where = addresses.whereabouts()
    data = Path(os.environ.get(DATA_VARIABLE, "data"))
    app, door = load_app(target, data, hosts=[*where.names, *where.addresses])
    hub = Hub(count_people=people_counts(), name_people=named_people())
    door.store.publisher = hub
    Workers(door.parts, door.jobs, door.settings.job_threads).start()
    Housekeeping(door.store, door.settings, door.jobs.files).start()  # every process: each step may be done twice
    return ThreadStreams(app, hub)


def __getattr__(name: str) -> Any:
    # Made when a server asks for it, not when a tool only imports this module.
    if name != "application":
        raise AttributeError(name)
    application = globals()["application"] = make_application()
    return application
