"""Wherever an app takes an address: a canary on loopback is named there, in every dress, and must not be visited."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from doorward.prove.attack import Try, held, untried, won
from doorward.prove.canary import Canary
from doorward.prove.describing import described_texts
from doorward.prove.hostile import is_typed
from doorward.prove.pages import Field
from doorward.prove.person import Person
from doorward.prove.sample import Sample, came_in
from doorward.prove.scene import Scene
from doorward.prove.sowing import sower_for, sown
from doorward.prove.wire import Answer, NoAnswer, Request
from doorward.prove.wire import form as form_request

#: Names of fields that may take an address of the web.
_NAMES = re.compile(
    r"url|uri|link|href|address|site|feed|hook|endpoint|host|server|source|src|image|picture|logo|avatar|callback|proxy"
    r"|domain|origin|download|import|preview|target|redirect|goto|next|return",
    re.IGNORECASE,
)
#: Parameters of a query by which apps are known to fetch.
_QUERY = (
    "url",
    "uri",
    "link",
    "address",
    "src",
    "source",
    "image",
    "feed",
    "callback",
    "webhook",
    "host",
    "target",
    "q",
)
_DRESSES = (
    "http://127.0.0.1:{port}{path}",
    "http://localhost:{port}{path}",
    "http://[::1]:{port}{path}",
    "http://127.1:{port}{path}",
    "http://2130706433:{port}{path}",
    "http://0x7f000001:{port}{path}",
    "http://0177.0.0.1:{port}{path}",
    "http://0.0.0.0:{port}{path}",
    "http://[::ffff:127.0.0.1]:{port}{path}",
    "http://example.org@127.0.0.1:{port}{path}",
    "http://127.0.0.1:{port}\\@example.org{path}",
    "http://localhost.:{port}{path}",
    "http://①②⑦.⓪.⓪.①:{port}{path}",
    "//127.0.0.1:{port}{path}",
)
#: For ways that may be used a few times only.
_FEW = 3
_MOST = 60
_MARK = re.compile(r"/zq-(\d+)-")


@dataclass(frozen=True, slots=True)
class _Place:
    """Somewhere an address may be given.

    Arguments:
        where: as the report names it.
        plain: sends it as it is meant.
        send: sends it with an address instead.
        dresses: how many of them may be tried.
    """

    where: str
    plain: Callable[[], Answer]
    send: Callable[[str], Answer]
    dresses: int


def addresses_in_fields(scene: Scene) -> Iterator[Try]:
    """Name the canary in every field, query and described value that may be an address; nobody may come to it."""
    places = [*_forms(scene), *_described(scene), *_queries(scene)][:_MOST]
    if not places:
        yield untried("the app takes nothing that looks like an address")
        return
    with Canary() as canary:
        tried = [place for number, place in enumerate(places) if _give(place, number, canary.port)]
        if scene.host is not None:
            scene.host.settle()
        came = {int(found[1]) for head in canary.visits for found in [_MARK.search(head)] if found}
        unknown = [head for head in canary.visits if not _MARK.search(head)]
    for number, place in enumerate(places):
        if number in came:
            yield won(f"{place.where} made the server fetch an address of its own machine.", place.where)
        elif place in tried:
            yield held(place.where)
        else:
            yield untried("it was not taken with ordinary words either", place.where)
    if unknown:
        yield won("Something made the server connect to its own machine, and ask for nothing that was named.")


def _give(place: _Place, number: int, port: int) -> bool:
    """Send the canary's address in every dress. False if the place does not work as it is meant.

    It is tried all the same: what breaks where a name leads nowhere may still go where it should not.
    """
    try:
        works = came_in(place.plain())
        for turn, dress in enumerate(_DRESSES[: place.dresses]):
            place.send(dress.format(port=port, path=f"/zq-{number}-{turn}"))
    except NoAnswer:
        return False
    return works


def _takes_address(field: Field) -> bool:
    return is_typed(field) and field.type != "email" and (field.type == "url" or bool(_NAMES.search(field.name)))


def _forms(scene: Scene) -> Iterator[_Place]:
    for person, way, form, plain in sown(scene).forms:
        names = [one.name for one in form.fields if _takes_address(one)]
        if names:
            fields = {"csrf_token": person.csrf_token, **plain}
            yield _place_of_form(scene, person, way.method, form.action, fields, names, str(way), bool(way.limits))


def _place_of_form(
    scene: Scene,
    person: Person,
    method: str,
    action: str,
    fields: dict[str, str],
    names: list[str],
    where: str,
    few: bool,
) -> _Place:
    def send(address: str | None) -> Answer:
        given = fields if address is None else {**fields, **dict.fromkeys(names, address)}
        person.address = scene.new_address()
        return person.browse(form_request(method, action, given))

    return _Place(where, lambda: send(None), send, _FEW if few else len(_DRESSES))


def _described(scene: Scene) -> Iterator[_Place]:
    """Values of JSON bodies that are described, whether the rightful request has them or not."""
    described = described_texts(scene)
    for sample in scene.samples_of():
        if sample.request is None or not sample.request.body or sample.ends_something:
            continue
        texts = [name for name in described.get(sample.way, []) if _NAMES.search(name)]
        if texts:
            yield _place_of_json(sample, texts)


def _place_of_json(sample: Sample, names: list[str]) -> _Place:
    def send(address: str | None) -> Answer:
        if sample.renew is not None:
            sample.renew(sample)
        request = sample.rightful()
        if address is not None:
            body = {**json.loads(request.body), **dict.fromkeys(names, address)}
            request = replace(request, body=json.dumps(body).encode())
        return sample.person.browse(request)

    return _Place(str(sample.way), lambda: send(None), send, _FEW if sample.way.limits else len(_DRESSES))


def _queries(scene: Scene) -> Iterator[_Place]:
    made = sown(scene)
    for sample in scene.samples_of("GET"):
        if sample.renew is None and sample.way.path not in ("/live", "/logout"):
            person = sower_for(made, sample)
            yield _place_of_query(sample, person)


def _place_of_query(sample: Sample, person: Person) -> _Place:
    path, _, query = sample.path.partition("?")
    own = [pair.partition("=")[0] for pair in query.split("&") if pair]

    def send(address: str) -> Answer:
        return person.browse(Request("GET", f"{path}?{urlencode(dict.fromkeys([*own, *_QUERY], address))}"))

    return _Place(str(sample.way), lambda: person.browse(Request("GET", sample.path)), send, 1)
