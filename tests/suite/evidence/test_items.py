"""Evidence: nothing is overwritten or lost, what a reviewer saw stays, and who may take what away."""

from __future__ import annotations

import threading
from datetime import date
from hashlib import sha256

import pytest
from sqlalchemy import select

from doorward import Caller, Conflict, Forbidden, Invalid, NotFound, reading
from doorward.store.store import using
from doorward_suite.evidence import access
from doorward_suite.evidence.actions import checking, items, linking, progress, team
from doorward_suite.evidence.collecting import Details, Typed, judged, read_objectives
from doorward_suite.evidence.models import CHANGED, INTACT, MISSING, Item, Totals, Version
from doorward_suite.evidence.queries import history, library
from doorward_suite.evidence.queries.handing_over import handed_over
from doorward_suite.evidence.queries.library import Wanted
from doorward_suite.evidence.stages import COLLECTED, COLLECTING, IN_REVIEW, REVIEWED

from .conftest import CARL, CLEO, GUEST, LEA, ROLF, ROSA, SVEN, VERA, Shelf, Team

PLAIN = Details("", "", "", None, None)
ONE, TWO = "3.1.1[a]", "3.1.1[b]"


def add(made: Team, shelf: Shelf, who: Caller = CLEO, *objectives: str, name: str = "policy.pdf", **more) -> int:
    details = Details(
        more.pop("title", ""), "document", "the wiki", more.pop("collected", None), more.pop("expires", None)
    )
    content = more.pop("content", b"%PDF-1.7 " + name.encode())
    return items.add_items(who, made.number, [shelf.sent(who, name, content)], objectives or (ONE,), details)[0]


def item(made: Team, number: int) -> Item:
    with made.store.reading() as db:
        return db.get_one(Item, number)


def versions(made: Team, number: int) -> list[Version]:
    with made.store.reading() as db:
        return list(db.scalars(select(Version).where(Version.item_id == number).order_by(Version.number)))


def found(made: Team, who: Caller = LEA, **wanted) -> list[int]:
    with reading() as db:
        seat = access.seat_in(db, who, made.number)
        page = library.listed(db, seat, Wanted(**wanted), date(2026, 6, 1))
    return [line.item.id for line in page.lines]


def totals(made: Team) -> tuple[int, int]:
    with reading() as db:
        row = db.get_one(Totals, made.number)
        return row.pieces, row.size


def test_a_file_becomes_evidence_of_many_objectives_and_starts_their_collecting(made: Team, shelf: Shelf) -> None:
    number = add(made, shelf, CLEO, ONE, TWO, name="Access policy.pdf", content=b"%PDF-1.7 x")
    for objective in (ONE, TWO):
        row = made.progress(objective)
        assert (row.evidence, row.stage) == (1, COLLECTING)
    (version,) = versions(made, number)
    assert (version.sha256, version.size) == (sha256(b"%PDF-1.7 x").hexdigest(), 10)
    assert item(made, number).title == "Access policy"
    assert totals(made) == (1, 10)
    assert ("evidence.added", CLEO.id) in made.entries()
    with reading() as db:
        lines = history.of_objectives(db, [made.progress().id])[made.progress().id]
    assert [(line.did, line.note.text) for line in lines] == [("added evidence", "Access policy")]


def test_several_files_are_pieces_of_their_own(made: Team, shelf: Shelf) -> None:
    sent = [shelf.sent(CLEO, name) for name in ("one.pdf", "two.pdf")]
    numbers = items.add_items(CLEO, made.number, sent, [ONE], Details("A title for one", "", "", None, None))
    assert [item(made, one).title for one in numbers] == ["one", "two"]
    assert made.progress().evidence == 2


def test_concurrent_uploads_of_one_name_keep_both(made: Team, shelf: Shelf) -> None:
    sent = [(who, shelf.sent(who, "policy.pdf", content)) for who, content in ((CLEO, b"%PDF-1"), (CARL, b"%PDF-2"))]
    made_items: list[int] = []

    def upload(who: Caller, file_id: str) -> None:
        with using(made.store):
            made_items.extend(items.add_items(who, made.number, [file_id], [ONE], PLAIN))

    threads = [threading.Thread(target=upload, args=one) for one in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made_items)) == 2
    assert {versions(made, one)[0].sha256 for one in made_items} == {
        sha256(b"%PDF-1").hexdigest(),
        sha256(b"%PDF-2").hexdigest(),
    }
    assert made.progress().evidence == 2
    with reading() as db:
        names = [one.name for one in handed_over(db, access.seat_in(db, LEA, made.number))]
    assert len(set(names)) == 2


def test_concurrent_versions_get_numbers_of_their_own_and_none_is_lost(made: Team, shelf: Shelf) -> None:
    number = add(made, shelf)
    sent = [shelf.sent(CLEO, "policy.pdf", b"%PDF-" + bytes([65 + one])) for one in range(5)]
    problems: list[Exception] = []

    def upload(file_id: str) -> None:
        try:
            with using(made.store):
                items.add_version(CLEO, made.number, number, [file_id], PLAIN)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=upload, args=(one,)) for one in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    there = versions(made, number)
    assert [one.number for one in there] == [1, 2, 3, 4, 5, 6]
    assert len({one.sha256 for one in there}) == 6
    assert all(shelf.path(one.file_id).read_bytes() for one in there)


def test_a_file_is_taken_once_and_only_by_who_sent_it(made: Team, shelf: Shelf) -> None:
    sent = shelf.sent(CLEO)
    with pytest.raises(Conflict):
        items.add_items(CARL, made.number, [sent], [ONE], PLAIN)
    items.add_items(CLEO, made.number, [sent], [ONE], PLAIN)
    with pytest.raises(Conflict):
        items.add_items(CLEO, made.number, [sent], [ONE], PLAIN)
    assert made.progress().evidence == 1
    with pytest.raises(Invalid):
        items.add_items(CLEO, made.number, [], [ONE], PLAIN)


def test_where_one_objective_is_with_a_reviewer_nothing_is_added_at_all(made: Team, shelf: Shelf) -> None:
    made.put(TWO, stage=IN_REVIEW)
    sent = shelf.sent(CLEO)
    with pytest.raises(Conflict, match=r"3\.1\.1\[b\]"):
        items.add_items(CLEO, made.number, [sent], [ONE, TWO], PLAIN)
    assert made.progress(ONE).evidence == 0
    assert items.add_items(CLEO, made.number, [sent], [ONE], PLAIN)


@pytest.mark.parametrize("stage", [IN_REVIEW, REVIEWED])
def test_what_a_reviewer_saw_is_neither_unlinked_nor_deleted(made: Team, shelf: Shelf, stage: str) -> None:
    number = add(made, shelf)
    made.put(stage=stage)
    for attempt in (
        lambda: linking.unlink(LEA, made.number, number, ONE),
        lambda: linking.delete_item(LEA, made.number, number, "Not needed."),
        lambda: linking.link(LEA, made.number, add(made, shelf, LEA, TWO), [ONE]),
    ):
        with pytest.raises(Conflict, match="send it back"):
            attempt()
    assert made.progress().evidence == 1
    made.put(stage=COLLECTING)
    linking.delete_item(LEA, made.number, number, "Not needed.")
    assert made.progress().evidence == 0


def test_a_newer_version_keeps_the_review_and_the_older_file(made: Team, shelf: Shelf) -> None:
    number = add(made, shelf)
    progress.take_step(CLEO, made.number, ONE, "hand_in")
    progress.take_step(ROSA, made.number, ONE, "met")
    before = versions(made, number)[0]
    items.add_version(CARL, made.number, number, [shelf.sent(CARL, "policy.docx", b"PK newer")], PLAIN)
    after = versions(made, number)
    assert made.progress().stage == REVIEWED
    assert (after[0].sha256, after[0].file_id) == (before.sha256, before.file_id)
    assert shelf.path(before.file_id).read_bytes().startswith(b"%PDF")
    assert totals(made) == (1, before.size + after[1].size)


def test_who_added_or_linked_evidence_does_not_review_it(made: Team, shelf: Shelf) -> None:
    number = add(made, shelf, LEA)
    progress.take_step(CLEO, made.number, ONE, "hand_in")
    with pytest.raises(Conflict, match="Somebody else"):
        progress.take_step(LEA, made.number, ONE, "met")
    other = add(made, shelf, CARL, TWO)
    progress.take_step(CARL, made.number, TWO, "hand_in")
    linking.link(LEA, made.number, other, ["3.1.1[c]"])
    progress.take_step(CARL, made.number, "3.1.1[c]", "hand_in")
    with pytest.raises(Conflict, match="Somebody else"):
        progress.take_step(LEA, made.number, "3.1.1[c]", "met")
    progress.take_step(LEA, made.number, TWO, "met")  # there she had no part
    progress.take_step(ROSA, made.number, ONE, "met")
    assert item(made, number).owner_id == LEA.id


def test_what_has_no_evidence_left_is_collected_again(made: Team, shelf: Shelf) -> None:
    number, second = add(made, shelf), add(made, shelf)
    progress.take_step(CLEO, made.number, ONE, "hand_in")
    linking.unlink(CLEO, made.number, second, ONE)
    assert made.progress().stage == COLLECTED
    linking.delete_item(CLEO, made.number, number, "An old one.")
    row = made.progress()
    assert (row.stage, row.evidence, row.collected_by) == (COLLECTING, 0, "")


def test_only_who_added_it_or_a_lead_deletes_and_with_a_reason(made: Team, shelf: Shelf) -> None:
    number = add(made, shelf, CLEO)
    for who, refusal in ((CARL, Forbidden), (ROSA, Forbidden), (VERA, Forbidden), (GUEST, Forbidden), (SVEN, NotFound)):
        with pytest.raises(refusal):
            linking.delete_item(who, made.number, number, "I want to.")
    for reason in ("", "  \n", "x" * 501):
        with pytest.raises(Invalid):
            linking.delete_item(CLEO, made.number, number, reason)
    linking.delete_item(CLEO, made.number, number, "It was the wrong file.")
    kept = item(made, number)
    assert (kept.deleted_by, kept.delete_reason) == (CLEO.id, "It was the wrong file.")
    with pytest.raises(NotFound):
        linking.delete_item(LEA, made.number, number, "Again.")
    assert totals(made) == (0, 0)


def test_who_collects_no_more_deletes_no_more(made: Team, shelf: Shelf) -> None:
    number = add(made, shelf, CLEO)
    team.add_member(LEA, made.number, "cleo", access.VIEWER)
    with pytest.raises(Forbidden):
        linking.delete_item(CLEO, made.number, number, "Mine.")
    linking.delete_item(LEA, made.number, number, "Not needed.")


def test_a_lead_brings_back_what_was_deleted_with_its_links_and_file(made: Team, shelf: Shelf) -> None:
    number = add(made, shelf, CLEO, ONE, TWO)
    size = totals(made)[1]
    linking.delete_item(CLEO, made.number, number, "By mistake.")
    with pytest.raises(Forbidden):
        linking.restore_item(CLEO, made.number, number)
    assert shelf.path(versions(made, number)[0].file_id).exists()
    for _ in range(2):
        linking.restore_item(LEA, made.number, number)
    assert [made.progress(one).evidence for one in (ONE, TWO)] == [1, 1]
    assert totals(made) == (1, size)


def test_linking_twice_counts_once(made: Team, shelf: Shelf) -> None:
    number = add(made, shelf)
    assert linking.link(CLEO, made.number, number, [ONE, TWO, TWO]) == 1
    assert linking.link(CLEO, made.number, number, [ONE, TWO]) == 0
    for _ in range(2):
        linking.unlink(CLEO, made.number, number, TWO)
    assert [made.progress(one).evidence for one in (ONE, TWO)] == [1, 0]
    assert item(made, number).links == 1


def test_evidence_of_one_assessment_is_not_there_in_another(made: Team, shelf: Shelf) -> None:
    other = Team(made.store)
    number = add(made, shelf)
    for attempt in (
        lambda: linking.link(LEA, other.number, number, [ONE]),
        lambda: linking.unlink(LEA, other.number, number, ONE),
        lambda: linking.delete_item(LEA, other.number, number, "x"),
        lambda: linking.restore_item(LEA, other.number, number),
        lambda: checking.check_item(LEA, other.number, number),
        lambda: items.add_version(LEA, other.number, number, [shelf.sent(LEA)], PLAIN),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_the_library_finds_by_the_beginnings_of_words_in_any_case_and_without_marks(made: Team, shelf: Shelf) -> None:
    first = add(made, shelf, title="Zugriffsrichtlinie für Müller", name="policy_2026.pdf")
    second = add(made, shelf, title="Screenshot of the firewall", name="shot.png")
    assert found(made) == [second, first]
    for words in ("zugriff", "MULLER", "Müller zugriffsrichtlinie", "policy", "2026 wiki"):
        assert found(made, words=words) == [first], words
    for words in ("richtlinie", "%", "zugriff firewall", "policy' OR 1=1"):
        assert found(made, words=words) == [] or words == "%", words
    assert found(made, words="wiki") == [second, first]
    items.add_version(CLEO, made.number, second, [shelf.sent(CLEO, "gateway.png")], PLAIN)
    assert found(made, words="gateway") == [second]
    assert found(made, words="shot.png") == [second]
    other = Team(made.store)
    assert found(other, words="wiki") == []


def test_the_library_shows_what_needs_attention(made: Team, shelf: Shelf) -> None:
    gone = add(made, shelf, expires=date(2026, 5, 31))
    soon = add(made, shelf, expires=date(2026, 7, 1))
    later = add(made, shelf, expires=date(2026, 7, 2))
    loose = items.add_items(CLEO, made.number, [shelf.sent(CLEO)], [], PLAIN)[0]
    deleted = add(made, shelf)
    linking.delete_item(CLEO, made.number, deleted, "x")
    assert found(made, shows=library.EXPIRED) == [gone]
    assert found(made, shows=library.EXPIRING) == [soon]
    assert found(made, shows=library.LOOSE) == [loose]
    assert found(made, shows=library.DELETED) == [deleted]
    assert found(made, progress_id=made.progress().id) == [later, soon, gone]
    assert found(made, before=later) == [soon, gone]
    with reading() as db:
        numbers = library.numbers(db, made.number, date(2026, 6, 1))
    assert (numbers.pieces, numbers.expired, numbers.expiring, numbers.alarms) == (4, 1, 1, 0)


def test_what_is_handed_over_is_the_newest_of_each_and_stable(made: Team, shelf: Shelf) -> None:
    number = add(made, shelf, CLEO, TWO, ONE, title="Access policy", collected=date(2026, 3, 1))
    items.add_version(
        CLEO,
        made.number,
        number,
        [shelf.sent(CLEO, "p.docx", b"PK2")],
        judged(Typed(collected_on="2026-04-01"), date(2026, 6, 1)),
    )
    deleted = add(made, shelf)
    linking.delete_item(CLEO, made.number, deleted, "x")
    with reading() as db:
        seat = access.seat_in(db, LEA, made.number)
        twice = [[(one.name, one.version.sha256) for one in handed_over(db, seat)] for _ in range(2)]
    assert (
        twice[0]
        == twice[1]
        == [(f"AC.L2-3.1.1_ab_Access-policy_2026-04-01_E{number}v2.docx", sha256(b"PK2").hexdigest())]
    )


def test_a_file_that_changed_on_disk_raises_an_alarm_and_one_that_is_back_ends_it(made: Team, shelf: Shelf) -> None:
    number = add(made, shelf)
    assert checking.check_item(ROSA, made.number, number) == INTACT
    path = shelf.path(versions(made, number)[0].file_id)
    honest = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(honest + b"!")
    assert checking.check_item(ROSA, made.number, number) == CHANGED
    assert found(made, shows=library.ALARMING) == [number]
    path.unlink()
    assert checking.check_item(ROSA, made.number, number) == MISSING
    assert item(made, number).state == MISSING
    path.write_bytes(honest)
    assert checking.check_item(LEA, made.number, number) == INTACT
    assert found(made, shows=library.ALARMING) == []
    journal = [event for event, _who in made.entries() if event.startswith(("evidence.alarm", "evidence.found"))]
    assert journal == ["evidence.alarm", "evidence.alarm", "evidence.found_intact"]
    for who in (VERA, GUEST):
        with pytest.raises(Forbidden):
            checking.check_item(who, made.number, number)


def test_the_worst_of_all_versions_is_the_state_of_a_piece(made: Team, shelf: Shelf) -> None:
    number = add(made, shelf)
    items.add_version(CLEO, made.number, number, [shelf.sent(CLEO, "new.pdf", b"%PDF-2")], PLAIN)
    path = shelf.path(versions(made, number)[0].file_id)
    path.chmod(0o600)
    path.write_bytes(b"other")
    assert checking.check_item(CLEO, made.number, number) == CHANGED
    assert [one.state for one in versions(made, number)] == [CHANGED, INTACT]


class TestWhatIsTyped:
    TODAY = date(2026, 6, 1)

    def test_everything_that_is_wrong_is_said_at_once(self) -> None:
        typed = Typed("x" * 201, "by magic", "a\x00", "2026-02-30", "01.01.2026")
        with pytest.raises(Invalid) as wrong:
            judged(typed, self.TODAY)
        assert set(wrong.value.fields) == {"title", "how", "source", "collected_on", "expires_on"}

    @pytest.mark.parametrize(
        ("collected", "expires", "field"),
        [
            ("2026-06-03", "", "collected_on"),
            ("2026-05-02", "2026-05-01", "expires_on"),
            ("1999-01-01", "", "collected_on"),
        ],
    )
    def test_days_that_cannot_be_are_refused(self, collected: str, expires: str, field: str) -> None:
        with pytest.raises(Invalid) as wrong:
            judged(Typed(collected_on=collected, expires_on=expires), self.TODAY)
        assert set(wrong.value.fields) == {field}
        judged(Typed(collected_on="2026-06-02", expires_on="2026-06-02"), self.TODAY)

    def test_objectives_are_read_as_people_write_them(self) -> None:
        from doorward_suite.evidence.catalogue import built_in

        assert read_objectives(built_in(), ["3.1.2; AC.L2-3.1.1[b],3.1.1[a]", "3.1.1[a]"]) == [
            ONE,
            TWO,
            "3.1.2[a]",
            "3.1.2[b]",
        ]
        assert read_objectives(built_in(), ["", " , "]) == []
        with pytest.raises(Invalid, match=r"3\.1\.99"):
            read_objectives(built_in(), ["3.1.1[a] 3.1.99"])


def test_a_reviewer_with_no_part_is_found_however_many_pieces_there_are(made: Team, shelf: Shelf) -> None:
    for _ in range(3):
        add(made, shelf, CARL)
    progress.take_step(CARL, made.number, ONE, "hand_in")
    progress.take_step(ROLF, made.number, ONE, "take_up")
    progress.take_step(ROLF, made.number, ONE, "met")
    assert made.progress().stage == REVIEWED
