"""Lanes: bounded, and work that has begun is never left alone."""

from __future__ import annotations

import asyncio
import threading

import pytest

from doorward.errors import Unavailable
from doorward.serve.lanes import Lane


def test_results_and_errors_come_back_to_who_waits():
    async def run() -> None:
        lane = Lane("test", threads=2, waiting=10)
        lane.start()
        assert await asyncio.gather(*(lane.run(lambda number=number: number * 2) for number in range(10))) == [
            number * 2 for number in range(10)
        ]
        with pytest.raises(ZeroDivisionError):
            await lane.run(lambda: 1 // 0)
        with pytest.raises(RuntimeError, match="SystemExit"):
            await lane.run(lambda: exit(3))
        assert await lane.run(lambda: "alive") == "alive"
        lane.stop(5)

    asyncio.run(run())


def test_a_full_lane_says_so_and_has_room_again_afterwards():
    async def run() -> None:
        release = threading.Event()
        lane = Lane("test", threads=1, waiting=1)
        lane.start()
        running = [asyncio.ensure_future(lane.run(lambda: release.wait(10))) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            lane.refuse_when_full()
        release.set()
        await asyncio.gather(*running)
        lane.refuse_when_full()
        lane.stop(5)

    asyncio.run(run())


def test_who_is_cancelled_waits_for_the_work_that_has_begun_so_that_nothing_is_closed_under_it():
    async def run() -> None:
        begun, release, ended = threading.Event(), threading.Event(), threading.Event()

        def work() -> None:
            begun.set()
            release.wait(10)
            ended.set()

        lane = Lane("test", threads=1, waiting=1)
        lane.start()
        task = asyncio.ensure_future(lane.run(work))
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
        release.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended.is_set()
        lane.stop(5)

    asyncio.run(run())
