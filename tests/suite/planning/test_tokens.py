"""Tokens: made in bulk, useless when stolen at rest, theirs alone, and limited to one consultation."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import inspect, text

from doorward.store.store import Store
from doorward.testing import Browser, Clock, run_jobs, signed_in
from doorward_suite.planning import access

from .conftest import Town, begin, entries


@pytest.fixture
def door_store(app: Flask) -> Store:
    store: Store = app.extensions["doorward"].store
    return store


def test_a_sheet_has_as_many_tokens_as_were_asked_for_each_with_a_code_to_scan(town: Town) -> None:
    assert len(set(town.secrets)) == 6
    page = town.olga.get(f"{town.path}/tokens/{town.sheet}").get_data(as_text=True)
    assert re.findall(r"Resident \d+", page)[:1] == ["Resident 1"]
    for secret in town.secrets:
        assert secret not in page, "the page of a sheet never shows the tokens again"
    job = re.search(r"/account/jobs/(\w+)/file", town.olga.get(f"{town.path}/tokens").get_data(as_text=True))
    assert job
    printed = town.olga.get(job[0])
    assert printed.headers["Content-Disposition"].startswith("attachment")
    assert printed.get_data(as_text=True).count("<svg") == 6
    other = signed_in(town.app, "mallory", access.ORGANISER)
    assert other.get(job[0]).status_code == 404, "the sheet is for who asked for it alone"


def test_tokens_stolen_from_the_database_are_useless(town: Town, door_store: Store) -> None:
    town.enter(town.secrets[0])
    stored: set[str] = set()
    with door_store.engine.connect() as connection:
        for table in inspect(door_store.engine).get_table_names():
            if "search" in table:
                continue  # chat's index of words, which can only be searched
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                stored.update(str(value) for value in row if value is not None)
    assert not any(secret in value for secret in town.secrets for value in stored), "a token lies in the records"
    hashes = [value for value in stored if re.fullmatch(r"[0-9a-f]{64}", value)]
    assert len(hashes) >= len(town.secrets)
    thief = Browser(town.app, address="198.51.100.9")
    for value in hashes[:8]:
        assert thief.post("/login/token", {"token": value, "next": "/planning/mine"}).status_code != 303
    assert town.enter(town.secrets[1]).get(town.path).status_code == 200, "with the token itself one is in"


def test_a_participant_reaches_no_route_outside_the_consultation(town: Town) -> None:
    """Each route of the whole suite is tried, with numbers of things that are there."""
    other = begin(town.app, "otto", count=1)
    inside = town.enter(town.secrets[2])
    visitor = Browser(town.app)
    own = {"consultation", "dots", "plan", "mine", "contribution", "attachment", "contribute", "comment"}
    own |= {"support", "report", "put_dots"}
    door = {"doorward.token_sign_in_form", "doorward.token_sign_in", "doorward.logout"}
    tried = 0
    for rule in town.app.url_map.iter_rules():
        name = rule.endpoint
        if name in door or rule.rule == "/account/here" or name.rpartition(".")[2] == "static_file":
            continue
        numbers = dict.fromkeys(rule.arguments, "1")
        if name.startswith("planning.") and name.rpartition(".")[2] in own:
            if "number" not in rule.arguments:
                continue
            numbers["number"] = str(other.number)
        elif "number" in rule.arguments:
            numbers["number"] = str(town.number)
        path = rule.rule
        for argument, value in numbers.items():
            path = re.sub(rf"<(?:\w+:)?{argument}>", value, path)
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            answer = inside.post(path) if method == "POST" else inside.send(method, path)
            tried += 1
            if answer.status_code >= 400:
                continue
            if answer.status_code in (302, 303) and "/login" in answer.headers["Location"]:
                continue
            seen = visitor.post(path) if method == "POST" else visitor.send(method, path)
            assert answer.status_code == seen.status_code, f"{method} {path} gives more than to a visitor"
    assert tried > 300, "the walk has gone through the suite"
    assert inside.get(town.path).status_code == 200, "and is still in"


def test_a_session_ends_with_its_token(town: Town) -> None:
    inside = town.enter(town.secrets[3])
    assert inside.get(town.path).status_code == 200
    page = town.olga.get(f"{town.path}/tokens/{town.sheet}").get_data(as_text=True)
    token = re.findall(rf"{town.path}/tokens/{town.sheet}/(\d+)/revocation", page)[3]
    assert town.olga.post(f"{town.path}/tokens/{town.sheet}/{token}/revocation").status_code == 303
    assert inside.get(town.path).status_code != 200
    assert (
        Browser(town.app, address="198.51.100.10").post("/login/token", {"token": town.secrets[3]}).status_code != 303
    )


def test_a_replaced_token_works_and_the_one_before_is_out(town: Town) -> None:
    inside = town.enter(town.secrets[4])
    page = town.olga.get(f"{town.path}/tokens/{town.sheet}").get_data(as_text=True)
    token = re.findall(rf"{town.path}/tokens/{town.sheet}/(\d+)/replacement", page)[-2]
    made = town.olga.post(f"{town.path}/tokens/{town.sheet}/{token}/replacement").get_data(as_text=True)
    secret = re.search(r"dw_\w{49}", made)
    assert secret
    assert inside.get(town.path).status_code != 200
    assert town.enter(secret[0]).get(town.path).status_code == 200


def test_all_tokens_of_a_sheet_end_at_once_and_expire_by_themselves(app: Flask) -> None:
    town = begin(app, "orla", count=2)
    inside = town.enter(town.secrets[0])
    clock: Clock = app.extensions["doorward"].clock
    before = clock.now
    clock.now = before + timedelta(days=61)
    assert inside.get(town.path).status_code != 200
    clock.now = before
    assert town.enter(town.secrets[0]).get(town.path).status_code == 200
    inside = town.enter(town.secrets[1])
    assert town.olga.post(f"{town.path}/tokens/{town.sheet}/revocation").status_code == 303
    assert inside.get(town.path).status_code != 200


def test_an_organiser_makes_five_sheets_an_hour_and_is_told_of_old_ones(app: Flask) -> None:
    town = begin(app, "oona", count=1)
    form = {"kind": str(town.kinds[0]), "count": "1", "days": "365"}
    for _ in range(4):
        assert town.olga.post(f"{town.path}/tokens", form).status_code == 303
    assert town.olga.post(f"{town.path}/tokens", form).status_code == 429
    clock: Clock = app.extensions["doorward"].clock
    before = clock.now
    clock.now = before + timedelta(hours=1, seconds=1)
    assert town.olga.post(f"{town.path}/tokens", form).status_code == 303
    assert "older than 90 days" not in town.olga.get(f"{town.path}/tokens").get_data(as_text=True)
    clock.now = before + timedelta(days=91)
    again = signed_in(app, "oona")
    assert "older than 90 days" in again.get(f"{town.path}/tokens").get_data(as_text=True)
    clock.now = before


def test_thousands_are_made_in_one_act_and_each_act_is_in_the_journal(app: Flask, door_store: Store) -> None:
    town = begin(app, "odin", count=2000)
    assert len(set(town.secrets)) == 2000
    events = [entry.event for entry in entries(door_store, f"consultation:{town.number}")]
    assert events == ["planning.begun", "planning.sheet_asked", "planning.sheet_made"]
    assert town.enter(town.secrets[-1]).get(town.path).status_code == 200


def test_a_town_hall_behind_one_address_gets_in_and_guessing_there_is_limited(app: Flask) -> None:
    town = begin(app, "orsolya", count=60)
    for secret in town.secrets:
        hall = Browser(app, address="198.51.100.77")
        hall.get("/planning/enter")
        assert hall.post("/login/token", {"token": secret, "next": "/planning/mine"}).status_code == 303
    guesser = Browser(app, address="198.51.100.78")
    answers = {guesser.post("/login/token", {"token": "dw_" + "0" * 49}).status_code for _ in range(60)}
    assert 429 in answers
    assert 303 not in answers


def test_a_sheet_that_was_killed_while_it_was_made_leaves_no_token_that_works(app: Flask, monkeypatch) -> None:
    from doorward_suite.planning.actions import sheets

    seen: list[str] = []
    real = sheets.sheet_page

    def dies_once(title, ends_at, address, cards):
        cards = list(cards)
        if not seen:
            seen.extend(card.secret for card in cards)
            raise RuntimeError("the disk is full")
        return real(title, ends_at, address, cards)

    monkeypatch.setattr(sheets, "sheet_page", dies_once)
    olga = signed_in(app, "opal", access.ORGANISER)
    path = olga.post("/planning/", {"title": "A square"}).headers["Location"].removesuffix("/manage")
    kind = re.search(r"/kinds/(\d+)/removal", olga.get(f"{path}/manage").get_data(as_text=True))
    assert kind
    olga.post(f"{path}/tokens", {"kind": kind[1], "count": "2", "days": "60"})
    run_jobs(app)
    assert len(seen) == 2
    clock: Clock = app.extensions["doorward"].clock
    before = clock.now
    clock.now = before + timedelta(minutes=1)
    run_jobs(app)
    assert Browser(app, address="198.51.100.11").post("/login/token", {"token": seen[0]}).status_code != 303
    clock.now = before


def test_who_comes_by_an_open_link_gets_a_token_of_their_own(app: Flask) -> None:
    town = begin(app, "oleg", count=1)
    manage = town.olga.get(f"{town.path}/manage").get_data(as_text=True)
    assert "/planning/join/" not in manage, "the link is not shown while it leads nowhere"
    town.settle(open_link="1")
    code = re.search(r"/planning/join/(\w+)", town.olga.get(f"{town.path}/manage").get_data(as_text=True))
    assert code
    visitor = Browser(app)
    assert "The market square" in visitor.get(f"/planning/join/{code[1]}").get_data(as_text=True)
    assert visitor.post(f"/planning/join/{code[1]}", {"kind": "999999"}).status_code == 422
    made = visitor.post(f"/planning/join/{code[1]}", {"kind": str(town.kinds[1])}).get_data(as_text=True)
    secret = re.search(r"dw_\w{49}", made)
    assert secret
    assert town.enter(secret[0]).get("/planning/mine").headers["Location"] == town.path
    town.settle()
    assert visitor.get(f"/planning/join/{code[1]}").status_code == 404
    assert visitor.post(f"/planning/join/{code[1]}", {"kind": str(town.kinds[1])}).status_code == 404
