"""What a door opens at its start: the store, the keys, the hashing threads, the limits."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from doorward.clock import Clock
from doorward.core.hashing_pool import HashingPool
from doorward.core.outbound import Outbound
from doorward.core.passwords import Hasher
from doorward.core.secrets import KeyRing
from doorward.settings import Settings
from doorward.store import journal
from doorward.store.engine import open_engine
from doorward.store.in_use import Lock
from doorward.store.job_files import ResultFiles
from doorward.store.kit_places import kit_files, kit_places
from doorward.store.limits import Limiter, open_limiter
from doorward.store.migrate import Migrations, migrate
from doorward.store.restore_swap import ready_for_use
from doorward.store.seals import SealFile
from doorward.store.store import Store
from doorward.web.attempts import Attempts
from doorward.web.door_limits import DoorLimits
from doorward.web.oidc.fetching import Fetcher
from doorward.web.oidc.providers import Providers
from doorward.web.outbound.outbounds import Outbounds

_LOW_PRIORITY = 10


@dataclass(frozen=True, slots=True)
class Parts:
    """The opened parts of one door."""

    settings: Settings
    store: Store
    seals: SealFile
    keys: KeyRing
    hashing: HashingPool
    limiter: Limiter
    limits: DoorLimits
    attempts: Attempts
    flood: Limiter
    outbounds: Outbounds
    providers: Providers
    in_use: Lock

    def close(self) -> None:
        """Let go of files, connections and threads."""
        self.hashing.close()
        self.limiter.close()
        self.flood.close()
        self.store.close()
        self.in_use.release()


def _step_back() -> None:
    """Let the pages go first: a thread that hashes yields to those that answer, and loses nothing when they idle."""
    with suppress(OSError, AttributeError):  # not every system has a priority for each thread
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOW_PRIORITY)


def open_parts(
    settings: Settings, apps: Sequence[Migrations], clock: Clock, declared: Sequence[Outbound] = ()
) -> Parts:
    """Open everything that the settings name, and bring the database to this version's schema.

    Arguments:
        settings: complete settings.
        apps: the migrations of the apps.
        clock: the source of time.
        declared: the outbounds of the apps.
    """
    in_use = ready_for_use(settings)
    try:
        return _opened(settings, apps, clock, declared, in_use)
    except BaseException:
        in_use.release()
        raise


def _opened(
    settings: Settings, apps: Sequence[Migrations], clock: Clock, declared: Sequence[Outbound], in_use: Lock
) -> Parts:
    outbounds = Outbounds(declared, settings)
    engine = open_engine(settings.database_url, connections=settings.threads + settings.slow_threads + 4)
    migrate(engine, apps)
    seals = SealFile(settings.data / "journal.seals")
    store = Store(engine, seals=seals, clock=clock)
    store.results = ResultFiles(settings.data / "results")
    store.files = kit_files(settings)
    store.places += kit_places(settings)
    with store.reading() as db:
        journal.anchor_missing(db, seals)
    limiter = open_limiter(f"doorward+sqlite:///{settings.data / 'limits.sqlite3'}", clock)
    hasher = Hasher(settings.hash_profile, production=settings.production)
    return Parts(
        settings=settings,
        store=store,
        seals=seals,
        keys=KeyRing(settings.secret_keys),
        hashing=HashingPool(hasher, threads=settings.hash_threads, waiting=settings.slow_threads, begin=_step_back),
        limiter=limiter,
        limits=DoorLimits(settings),
        attempts=Attempts(limiter),
        flood=open_limiter("memory://", clock),
        outbounds=outbounds,
        providers=Providers(settings.oidc, clock, Fetcher(outbounds)),
        in_use=in_use,
    )
