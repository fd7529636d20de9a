"""Who works on background jobs: Huey's consumer as threads of the server, on SQLite or on Redis.

The truth is the table of jobs. What goes through Huey's queue is a word only: "this job waits". A word that is lost
costs seconds, since a sweep looks for jobs that wait and for those whose worker was killed. So the queue needs no
fsync, and whoever writes into it can name jobs, not code: words are JSON, never pickles.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import threading
from datetime import datetime
from typing import Any

import huey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer

from doorward.store.job_runner import JobRunner
from doorward.web.parts import Parts

_log = logging.getLogger("doorward.jobs")
_SWEEP_SECONDS = 5.0
_LONGEST_IDLE = 0.5
_STOP_SECONDS = 4.0
_FILE = "queue.sqlite3"


class _Words(Serializer):  # type: ignore[misc]  # huey has no types
    """A word in the queue, as JSON."""

    def _serialize(self, data: Any) -> bytes:
        eta = data.eta.isoformat() if data.eta is not None else None
        return json.dumps([data.id, data.name, eta, list(data.args)]).encode()

    def _deserialize(self, data: bytes) -> Any:
        task_id, name, eta, args = json.loads(data)
        return Message(task_id, name, datetime.fromisoformat(eta) if eta else None, 0, 0, args=tuple(args), kwargs={})


class _Threads(Consumer):  # type: ignore[misc]
    """Huey's consumer, which leaves the signals to the server."""

    def _set_signal_handlers(self) -> None:
        pass


class _Waiting:
    """Threads for jobs that mostly wait for another server. They are begun when there is something to do.

    Arguments:
        runner: runs one job.
        threads: how many at the same time.
    """

    def __init__(self, runner: JobRunner, threads: int) -> None:
        self._runner = runner
        self._most = threads
        self._threads = 0
        self._ids: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._there: set[str] = set()
        self._lock = threading.Lock()

    def take(self, job_id: str) -> None:
        """Do this one as soon as a thread is free; one that is there already is not taken twice."""
        with self._lock:
            if job_id in self._there:
                return
            self._there.add(job_id)
            self._ids.put(job_id)
            if self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._work, name="job that waits", daemon=True).start()

    def _work(self) -> None:
        """Until nothing is left. A process that ends does not wait: the job is taken up at the next start."""
        while True:
            with self._lock:
                if self._ids.empty():
                    self._threads -= 1
                    return
                job_id = self._ids.get()
            try:
                self._runner.run(job_id)
            except Exception:  # the sweep finds it again
                _log.exception("job %s could not be run", job_id)
            finally:
                with self._lock:
                    self._there.discard(job_id)


class Workers:
    """The threads that work on jobs in this process.

    Arguments:
        parts: of the door whose jobs they are.
        runner: runs one job.
        threads: how many at the same time; 0 leaves them to other processes, which are told all the same.
    """

    def __init__(self, parts: Parts, runner: JobRunner, threads: int) -> None:
        logging.getLogger("huey").setLevel(logging.WARNING)
        self._runner = runner
        self._queue = _open_queue(parts)
        self._waiting = _Waiting(runner, parts.settings.ai_at_once)
        self._say = self._queue.task(name="run")(self._run)
        self._threads = threads
        self._consumer = _Threads(self._queue, workers=threads, periodic=False, max_delay=_LONGEST_IDLE)
        self._consumer.shutdown_timeout = _STOP_SECONDS
        self._stop = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep_on, name="jobs", daemon=True)
        parts.store.wake = self.wake

    def wake(self, job_id: str, seconds: float) -> None:
        """Tell a worker, here or elsewhere, that this job waits for so many seconds more."""
        if seconds > 0:
            self._say.schedule((job_id,), delay=seconds)
        else:
            self._say(job_id)

    def _run(self, job_id: str) -> None:
        if self._runner.mostly_waits(job_id):
            self._waiting.take(job_id)
        else:
            self._runner.run(job_id)

    def start(self) -> None:
        if self._threads:
            self._consumer.start()
            self._sweeper.start()

    def stop(self) -> None:
        """Begin nothing more; what runs has seconds to end, and is taken up at the next start if it does not."""
        self._runner.stop()
        self._stop.set()
        if self._threads:
            self._consumer.stop(graceful=True)
            self._sweeper.join(timeout=1)
        self._queue.storage.close()

    def sweep(self) -> None:
        """Find what was lost: jobs whose worker was killed, and jobs of which nobody was told."""
        self._runner.take_up_lost()
        if self._queue.pending_count() == 0:
            for job_id in self._runner.due():
                self.wake(job_id, 0)

    def _sweep_on(self) -> None:
        while True:
            try:
                self.sweep()
                self._consumer.check_worker_health()
            except Exception:  # the next round tries again; the jobs are in the database
                _log.exception("could not look for jobs")
            if self._stop.wait(_SWEEP_SECONDS):
                return


def _open_queue(parts: Parts) -> Any:
    settings = parts.settings
    options: dict[str, Any] = {"results": False, "serializer": _Words()}
    if settings.redis_url is not None:
        # A name of this installation's own, so that two that share a Redis do not take each other's words.
        name = f"doorward{parts.keys.mac_all('jobs', b'')[-1].hex()[:16]}"
        return huey.RedisHuey(name, url=settings.redis_url, **options)
    path = settings.data / _FILE
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    return huey.SqliteHuey("doorward", filename=str(path), fsync=False, **options)
