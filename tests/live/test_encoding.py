"""The wire format: nobody can write a field or a message of their own into a stream."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.core.streams import Event
from doorward.live import encoding
from tests.live.wire import last_id, messages

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.text(), st.text(), _JSON)
def test_whatever_an_event_says_arrives_as_exactly_one_message_with_the_same_words(topic, kind, data):
    raw = encoding.numbered("abc:7", encoding.event_data(Event(topic, kind, data)))
    assert messages(raw) == [("message", {"topic": topic, "type": kind, "data": data})]
    assert last_id(raw) == "abc:7"


@pytest.mark.parametrize("break_", ["\n", "\r", "\r\n", "\u2028", "\x85"])
def test_a_line_break_in_a_topic_cannot_begin_a_field(break_):
    forged = f"x{break_}event: bye{break_}{break_}data: {{}}{break_}{break_}"
    for raw in (encoding.reset(forged), encoding.cut(forged), encoding.hello("a:1", [forged], [forged])):
        assert len(messages(raw)) == 1


def test_a_value_that_browsers_cannot_read_is_an_error_where_it_is_published():
    with pytest.raises(ValueError, match="JSON"):
        encoding.event_data(Event("a:1", "t", float("nan")))
    with pytest.raises(TypeError):
        encoding.event_data(Event("a:1", "t", object()))  # type: ignore[arg-type]


def test_a_framed_chunk_states_its_length_in_hexadecimal():
    assert encoding.framed(b"x" * 26) == b"1a\r\n" + b"x" * 26 + b"\r\n"
