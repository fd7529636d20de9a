"""What the API of chat takes and gives, as schemas."""

from __future__ import annotations

from doorward import api

from .actions.hanging import MOST_KINDS
from .actions.messages import LONGEST
from .actions.posting import MOST_AT_ONCE
from .actions.rooms import LONGEST_ABOUT, LONGEST_NAME
from .files import MOST_FILES
from .linked import LONGEST_ABOUT as LONGEST_SAID
from .linked import LONGEST_TITLE
from .models import ALL, DIRECT, GROUP, JOINED, LONGEST_EMOJI, PRIVATE, PUBLIC
from .queries.messages import PAGE
from .queries.rooms import MOST_IN_GROUP, MOST_PEOPLE
from .search import LONGEST as LONGEST_QUERY

#: How many rooms a list has at most.
MOST_ROOMS = 500

_ACCOUNT = api.Text(32, meaning="An account's id; empty for the server itself.")
_ABOUT = api.Text(LONGEST_ABOUT, meaning="What the room is for.")
_NUMBER = api.Maybe(api.Whole(1))

ROOM = api.Fields(
    "ChatRoom",
    {
        "id": api.Whole(1),
        "kind": api.Choice((PUBLIC, PRIVATE, DIRECT, GROUP)),
        "name": api.Text(2_000, meaning="Of direct rooms, who else is in it."),
        "about": _ABOUT,
        "history": api.Choice((ALL, JOINED), meaning="What later members may read of what was said before."),
        "role": api.Choice(("moderator", "member", "visitor")),
        "archived": api.Flag(),
        "unread": api.Whole(0, 100, "How many messages are unread, at most 100."),
        "read_to": api.Whole(meaning="The newest message that you have read."),
        "last": api.Whole(meaning="The newest message; 0 where there is none."),
    },
)
ROOMS = api.Fields("ChatRooms", {"rooms": api.Listed(ROOM, MOST_ROOMS)})
NEW_ROOM = api.Fields(
    "NewChatRoom",
    {
        "kind": api.Choice((PUBLIC, PRIVATE)),
        "name": api.Line(LONGEST_NAME),
        "about": _ABOUT,
        "history": api.Choice((ALL, JOINED)),
    },
    ("about", "history"),
)
PEOPLE = api.Fields(
    "ChatPeople",
    {
        "people": api.Listed(
            api.Fields(
                "ChatPerson",
                {"account": _ACCOUNT, "name": api.Text(80), "role": api.Text(10), "read_to": api.Whole()},
            ),
            MOST_PEOPLE,
        )
    },
)
DIRECT_TO = api.Fields("ChatDirect", {"names": api.Listed(api.Line(80), MOST_IN_GROUP - 1, least=1, distinct=True)})

_REACTION = api.Fields(
    "ChatReaction", {"emoji": api.Text(LONGEST_EMOJI), "by": api.Listed(_ACCOUNT, 10_000, distinct=True)}
)
_FILE = api.Fields(
    "ChatFile",
    {
        "number": api.Whole(1, meaning="It stands at /chat/m/<message>/files/<number> for people."),
        "name": api.Text(255),
        "size": api.Whole(),
        "notes": api.Listed(api.Text(), 100),
        "picture": api.Flag(),
        "width": api.Whole(),
        "height": api.Whole(),
    },
)
_PREVIEW = api.Fields(
    "ChatPreview",
    {
        "address": api.Text(2_000, meaning="Of the page that the message links to."),
        "site": api.Text(255, meaning="The host of the address."),
        "title": api.Text(LONGEST_TITLE, meaning="What a stranger's page says of itself: text, and not to be trusted."),
        "about": api.Text(LONGEST_SAID),
    },
)
MESSAGE = api.Fields(
    "ChatMessage",
    {
        "id": api.Whole(1, meaning="Grows over all rooms."),
        "room": api.Whole(1),
        "thread": api.Whole(meaning="The message that its thread began with; 0 for the room itself."),
        "reply_to": _NUMBER,
        "author": _ACCOUNT,
        "name": api.Text(80),
        "client_id": api.Text(40, meaning="As its sender made it."),
        "at": api.Time(),
        "text": api.Text(LONGEST, meaning="Markdown; empty once it is deleted."),
        "version": api.Whole(1, meaning="Grows with every change that people see."),
        "edited": api.Flag(),
        "deleted": api.Flag(),
        "pinned": api.Flag(),
        "replies": api.Whole(),
        "reactions": api.Listed(_REACTION, MOST_KINDS),
        "files": api.Listed(_FILE, MOST_FILES),
        "preview": api.Maybe(_PREVIEW),
    },
)
MESSAGES = api.Fields(
    "ChatMessages",
    {
        "messages": api.Listed(MESSAGE, PAGE, distinct=False),
        "older": api.Flag("Whether there are more before them."),
        "newer": api.Flag("Whether there are more after them."),
    },
)
FOUND = api.Fields(
    "ChatFound",
    {
        "messages": api.Listed(MESSAGE, PAGE),
        "next": api.Maybe(api.Whole(meaning="Ask with `before` this for the next page; null on the last.")),
    },
)
QUERY = api.Line(LONGEST_QUERY, "As on the page: words, phrases, from:, in:, has:, before:, after:.")
_CLIENT_ID = api.Text(40, 1, r"^[A-Za-z0-9_\-]+$", meaning="The same once more is the same message.")
NEW_MESSAGE = api.Fields(
    "NewChatMessage",
    {
        "text": api.Text(LONGEST, meaning="Markdown; may be left out where files say it all."),
        "client_id": _CLIENT_ID,
        "thread": api.Whole(1),
        "reply_to": api.Whole(1),
        "files": api.Listed(api.Line(40, "Of a file that arrived at /files."), MOST_FILES, distinct=True),
    },
    ("text", "client_id", "thread", "reply_to", "files"),
)
SEVERAL = api.Fields(
    "NewChatMessages",
    {
        "messages": api.Listed(
            api.Fields(
                "NewChatMessageInRoom",
                {
                    "room": api.Whole(1),
                    "text": api.Text(LONGEST, meaning="Markdown."),
                    "client_id": _CLIENT_ID,
                    "thread": api.Whole(1),
                    "reply_to": api.Whole(1),
                },
                ("thread", "reply_to"),
            ),
            MOST_AT_ONCE,
            least=1,
        )
    },
)
WRITTEN = api.Fields(
    "ChatWritten",
    {
        "written": api.Listed(
            api.Fields(
                "ChatWrittenMessage",
                {
                    "message": api.Maybe(MESSAGE),
                    "refused": api.Maybe(
                        api.Fields("ChatRefusal", {"code": api.Text(40), "message": api.Text(500)}),
                    ),
                },
            ),
            MOST_AT_ONCE,
        )
    },
)
TEXT = api.Fields("ChatText", {"text": api.Text(LONGEST, 1, meaning="Markdown.")})
REACTION = api.Fields("NewChatReaction", {"emoji": api.Line(LONGEST_EMOJI), "on": api.Flag()})
READ_TO = api.Fields("ChatReadTo", {"to": api.Whole(meaning="The newest message that you have read.")})
