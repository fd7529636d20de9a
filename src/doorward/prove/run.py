"""The run: the survey first, then every attack, each sample right before its rightful caller sends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from doorward.prove.attack import Attack, Outcome, Try, untried
from doorward.prove.closed import closing_of, is_really_closed
from doorward.prove.findings import Finding
from doorward.prove.person import Person
from doorward.prove.sample import Sample, came_in
from doorward.prove.scene import NotHere, Scene
from doorward.prove.ways import Way
from doorward.prove.wire import NoAnswer

Progress = Callable[[int, int, str], None]

_MOST_FINDINGS = 20


@dataclass
class Result:
    """What came of one attack.

    Arguments:
        attack: which.
        held: how many tries the app refused.
        findings: what won, at most twenty.
        more: how many further tries won.
        untried: what could not be tried, with the reason.
    """

    attack: Attack
    held: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    untried: list[str] = field(default_factory=list)

    @property
    def won(self) -> bool:
        return bool(self.findings)

    @property
    def tried(self) -> bool:
        return bool(self.held or self.findings)

    def add(self, one: Try) -> None:
        """Count a try."""
        if one.outcome is Outcome.HELD:
            self.held += 1
        elif one.outcome is Outcome.UNTRIED:
            text = f"{one.where}: {one.what}" if one.where else one.what
            if text not in self.untried:
                self.untried.append(text)
        elif len(self.findings) < _MOST_FINDINGS:
            self.findings.append(self.attack.finding(one))
        else:
            self.more += 1


@dataclass
class Proof:
    """What came of a run.

    Arguments:
        results: one for each attack.
        covered: the ways for which a rightful request succeeded.
        uncovered: the others, with the reason.
        closed: those that the settings of the run close, with what opens them.
        requests: how many samples were used.
    """

    results: list[Result] = field(default_factory=list)
    covered: list[Way] = field(default_factory=list)
    uncovered: dict[str, str] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)
    samples: int = 0

    @property
    def findings(self) -> list[Finding]:
        """Everything that won, the worst first."""
        found = [finding for result in self.results for finding in result.findings]
        return sorted(found, key=lambda one: (one.severity.rank, one.id, one.where))

    @property
    def won(self) -> list[str]:
        """The ids of the attacks that won."""
        return [result.attack.id for result in self.results if result.won]


def attack_all(scene: Scene, attacks: Sequence[Attack], progress: Progress = lambda done, of, what: None) -> Proof:
    """Try every attack on a scene whose samples the survey has found.

    Arguments:
        scene: from the survey.
        attacks: what to try.
        progress: is told after each step how many of how many are done, and of what.
    """
    results = {attack.id: Result(attack) for attack in attacks}
    on_scene = [attack for attack in attacks if attack.on_scene is not None]
    samples = in_order(scene.samples)
    total = len(samples) + len(on_scene)
    for number, sample in enumerate(samples):
        _attack_sample(scene, sample, attacks, results)
        progress(number + 1, total, str(sample.way))
    _note_coverage(scene)
    for number, attack in enumerate(on_scene):
        progress(len(samples) + number, total, attack.title)
        _attack_scene(scene, attack, results[attack.id])
    progress(total, total, "done")
    covered = list(dict.fromkeys(sample.way for sample in scene.samples_of()))
    return Proof(list(results.values()), covered, dict(scene.uncovered), dict(scene.closed), len(samples))


def in_order(samples: Sequence[Sample]) -> list[Sample]:
    """Reading before writing, making before ending; what lies deepest, and the least powerful, first."""
    return sorted((one for one in samples if not one.past), key=_turn)


def _turn(sample: Sample) -> tuple[object, ...]:
    power = (bool(sample.person.account), len(sample.person.roles))
    own = sample.path.startswith("/account")
    return (sample.way.writes, sample.ending, own, power, -sample.way.path.count("/"))


def _attack_sample(scene: Scene, sample: Sample, attacks: Sequence[Attack], results: dict[str, Result]) -> None:
    """First all who must not, then who may. Unless it succeeds for the latter, no refusal counts."""
    prepare(scene, sample)
    tries = _tries(scene, sample, attacks)
    sample.proved = _succeeds(sample)
    if not sample.proved and not sample.way.writes and _came_back(sample.person):
        # Somebody who was out all the time was refused for that, and no refusal of before says anything.
        tries = _tries(scene, sample, attacks)
        sample.proved = _succeeds(sample)
    for attack_id, one in tries:
        if one.outcome is Outcome.HELD and not sample.proved:
            one = untried("it did not succeed for the rightful caller either", str(sample.way))
        results[attack_id].add(one)


def _tries(scene: Scene, sample: Sample, attacks: Sequence[Attack]) -> list[tuple[str, Try]]:
    tries: list[tuple[str, Try]] = []
    for attack in attacks:
        if attack.on_sample is None or (attack.changes and scene.only_reading):
            continue
        try:
            tries += [(attack.id, one) for one in attack.on_sample(scene, sample)]
        except NoAnswer as problem:
            tries.append((attack.id, untried(f"no answer ({problem})", str(sample.way))))
    return tries


def prepare(scene: Scene, sample: Sample) -> None:
    """See that the rightful caller is signed in, and read the form again as it is now."""
    person = sample.person
    if sample.way.writes:
        _came_back(person)
    if sample.renew is not None:
        sample.renew(sample)
    if sample.form is not None:
        fill_again(scene, sample)


def fill_again(scene: Scene, sample: Sample) -> None:
    """Read the form as it is now, and fill it in with new values."""
    person = sample.person
    if sample.form is None:
        return
    answer, page = person.open(sample.form.page)
    if answer.status == 303 and "/account/confirm" in answer.header("location") and person.prove_again():
        _, page = person.open(sample.form.page)
    offered = [form for form in page.forms if form.action == sample.path and form.method == sample.way.method]
    names = {one.name for one in sample.form.fields}
    # What was done may have led to another step, for which the page now asks with other fields.
    form = next((form for form in offered if {one.name for one in form.fields} == names), None)
    form = form or next((form for form in offered if not sample.files), None)
    if form is not None:
        sample.form, sample.fields = form, scene.filling.form(form, person.password, generous=sample.generous)
        sample.fields.pop("csrf_token", None)


def _came_back(person: Person) -> bool:
    """Whether somebody with an account was out, and has signed in again."""
    return bool(person.account) and not person.is_program and not person.is_in() and person.sign_in()


def _succeeds(sample: Sample) -> bool:
    person = sample.person
    if sample.way.writes and person.account and not person.is_program:
        person.read_token()
    try:
        answer = person.browse(sample.rightful())
        if answer.status == 303 and "/account/confirm" in answer.header("location") and person.prove_again():
            answer = person.browse(sample.rightful())
    except NoAnswer:
        return False
    sample.answer = answer
    _take_over_password(sample)
    return came_in(answer, sample.lands)


def _take_over_password(sample: Sample) -> None:
    """Who has just changed their password signs in with the new one from now on."""
    if sample.form is None or sample.fields is None or sample.answer is None or not came_in(sample.answer):
        return
    kinds = {one.rules.get("autocomplete", ""): one.name for one in sample.form.fields if one.type == "password"}
    if "current-password" in kinds and "new-password" in kinds and sample.person.account:
        sample.person.password = sample.fields[kinds["new-password"]]


def _note_coverage(scene: Scene) -> None:
    covered = {sample.way for sample in scene.samples_of()}
    for way in scene.ways.all:
        if way in covered or not scene.is_about(way):
            scene.uncovered.pop(str(way), None)
            continue
        if str(way) in scene.uncovered:
            continue
        closing = closing_of(scene, way)
        if closing is not None and scene.host is not None and is_really_closed(scene, way):
            scene.closed[str(way)] = closing.opens
            continue
        tried = [sample for sample in scene.samples if sample.way == way]
        answer = tried[-1].answer if tried else None
        reason = f"the rightful request got {answer.status}" if answer else "no page of the app leads to it"
        scene.uncovered[str(way)] = reason


def _attack_scene(scene: Scene, attack: Attack, result: Result) -> None:
    assert attack.on_scene is not None  # nosec B101
    if attack.changes and scene.only_reading:
        result.add(untried("it would change something"))
        return
    try:
        for one in attack.on_scene(scene):
            result.add(one)
    except (NoAnswer, OSError) as problem:
        result.add(untried(f"no answer ({problem})"))
    except NotHere as problem:
        result.add(untried(str(problem)))
