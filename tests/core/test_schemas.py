"""A schema checks exactly what it describes: an independent validator of JSON Schema says the same of every value."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from doorward.core.json_text import DEEPEST, read_json
from doorward.core.schemas import (
    LARGEST,
    ByKind,
    Choice,
    Fields,
    Flag,
    Keyed,
    Line,
    Listed,
    Maybe,
    Schema,
    Text,
    Time,
    Whole,
    found_wrong,
)

EVERYTHING = Fields(
    "Everything",
    {
        "line": Line(5),
        "text": Text(3, 1),
        "time": Time(),
        "kind": Choice(("a", "b")),
        "number": Whole(-2, 5),
        "big": Whole(),
        "flag": Flag(),
        "maybe": Maybe(Whole()),
        "list": Listed(Line(3), 3, 1, distinct=True),
        "counts": Keyed(Whole()),
        "below": Fields("Below", {"x": Whole()}),
        "shape": ByKind(
            "Shape",
            "kind",
            {
                "ring": Fields("Ring", {"kind": Choice(("ring",)), "r": Whole()}),
                "dot": Fields("Dot", {"kind": Choice(("dot",))}),
            },
        ),
    },
    optional=("line", "text", "time", "kind", "number", "big", "flag", "maybe", "list", "counts", "below", "shape"),
)
NAMES = [*EVERYTHING.fields, "stranger", ""]
WORDS = ["", "a", "b", "ring", "dot", " a", "a ", "a\n", "\0", "a\0", "\u2028", "é", "🙂", "abcdef", "\u202e", "\ufffd"]
TIMES = ["2026-01-01T12:00:00+00:00", "2026-01-01T12:00:00Z", "2026-01-01T12:00:00Z\n", "2026-01-01"]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 8)
    | st.sampled_from([LARGEST, -LARGEST, 1.5, -0.5])
    | st.sampled_from(WORDS + TIMES)
    | st.text(max_size=4)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["kind", "r", "x", *NAMES]), inner, max_size=4)
    ),
    max_leaves=8,
)


def validator(schema: Schema) -> Any:
    named: dict[str, Any] = {}
    said = schema.describe(named)
    return jsonschema_rs.Draft202012Validator({**said, "components": {"schemas": named}})


DESCRIBED = validator(EVERYTHING)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4))
@example({"time": "2026-01-01T12:00:00Z\n"})
@example({"line": "a\n"})
@example({"flag": 1})
@example({"number": True})
@example({"list": ["a", "a"]})
@example({"shape": {"kind": "dot", "r": 1}})
@example({"shape": {"kind": ["dot"]}})
def test_what_is_enforced_is_what_is_described(value: dict[str, Any]) -> None:
    assert (not found_wrong(EVERYTHING, value)) is DESCRIBED.is_valid(value)


@pytest.mark.parametrize("name", EVERYTHING.fields)
def test_each_schema_lets_something_in_and_keeps_something_out(name: str) -> None:
    schema = EVERYTHING.fields[name]
    tried = [*WORDS, *TIMES, None, True, 1, 99, LARGEST + 1, [], ["a"], {}, {"x": 1}, {"kind": "dot"}, {"y": "z"}, 1.5]
    right = [one for one in tried if not found_wrong(schema, one)]
    assert right
    assert len(right) < len(tried)
    assert [one for one in tried if validator(schema).is_valid(one)] == right


def test_every_problem_says_where_it_is() -> None:
    value = {"list": ["a", 3], "below": {"y": 1}, "shape": {"kind": "ring", "r": -1}, "stranger": 1}
    assert set(found_wrong(EVERYTHING, value)) == {"list.1", "below.y", "below.x", "shape.r", "stranger"}


def test_a_million_unknown_fields_make_no_long_answer() -> None:
    found = found_wrong(EVERYTHING, {"x" * 9000 + str(number): 1 for number in range(100)})
    assert len(json.dumps(found)) < 4000


# -- reading ------------------------------------------------------------------------------------------------

REFUSED = {
    "empty": b"",
    "half": b'{"a": ',
    "two values": b"1 2",
    "twice the same name": b'{"a": 1, "a": 2}',
    "twice, one of them escaped": b'{"a": 1, "\\u0061": 2}',
    "twice, deep below": b'{"b": [{"a": 1, "a": 1}]}',
    "NaN": b'{"a": NaN}',
    "Infinity": b"[Infinity]",
    "-Infinity": b"-Infinity",
    "beyond what a float holds": b"1e999",
    "beyond 64 bits": b"9223372036854775808",
    "below 64 bits": b"-9223372036854775809",
    "five thousand digits": b"9" * 5000,
    "half of a pair": b'"\\ud800"',
    "half of a pair as a name": b'{"\\udc00": 1}',
    "not UTF-8": b'"\xff"',
    "UTF-16": '"a"'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a control character": b'"\x01"',
    "a comment": b"{} // x",
    "single quotes": b"{'a': 1}",
    "a comma too many": b"[1,]",
    "one level too deep": b"[" * (DEEPEST + 1) + b"1" + b"]" * (DEEPEST + 1),
    "deep": b"[" * 30_000 + b"]" * 30_000,
    "deep and open": b'{"a":' * 10_000,
}


@pytest.mark.parametrize("name", REFUSED)
def test_json_that_two_readers_could_understand_differently_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="JSON") as refused:
        read_json(REFUSED[name])
    assert len(str(refused.value)) < 200


def test_what_is_json_is_read() -> None:
    text = '{"a": [1, -1.5, 1e3, true, null, "é🙂\\ud83d\\ude42", {"a": 9223372036854775807}]}'
    assert read_json(text.encode()) == json.loads(text)
    assert read_json(b"[" * DEEPEST + b"]" * DEEPEST) is not None


@given(st.integers(-(2**53), 2**53))
def test_a_whole_number_stays_one_however_it_is_written(number: int) -> None:
    found = read_json(f"[{number}, {number}.0]".encode())
    assert found == [number, number]
    assert [type(one) for one in found] == [int, int]
