"""What the kit's scripts say on a page, so that an app that translates its pages can have that in its language too.

A script writes its sentences in English, with values in them. Where the page's `_` says them otherwise, the box that
the script works on carries both in `data-words`, and `words.js` knows a sentence again by the text that it was made of.
"""

from __future__ import annotations

from collections.abc import Callable

#: What uploads.js and upload-sending.js say, and the commonest refusals of files that they pass on.
UPLOADS = (
    "Or drop files here, or paste them.",
    "Waiting for its turn.",
    "Try again",
    "Cancel",
    "Remove",
    "✓ Ready",
    "Being looked at …",
    "No connection. %(share)s % are there; it goes on by itself.",
    "This is empty, or a folder.",
    "This is larger than the %(size)s that are taken here.",
    "This file could not be sent.",
    "The connection is broken. What was sent is kept: try again.",
    "A file was not taken. Remove it, or try again.",
    "The form is sent as soon as all files are there.",
    "%(count)s of %(all)s files ready.",
    "%(count)s of %(all)s files ready. %(failed)s not taken.",
    "%(name)s cannot be taken here. Possible are: %(types)s.",
    "%(name)s is empty.",
    "%(name)s is larger than the %(size)s that are taken here.",
    "This is called %(extension)s, but it is %(other)s.",
    "This is called %(extension)s, but it is %(other)s, and not %(words)s.",
    "This is called %(extension)s, but its content is something else, and not %(words)s.",
    "This picture is broken or incomplete.",
    "This is not text in UTF-8. Save it as UTF-8 and send it again.",
    "A cell of this table is a formula that starts a program or asks another server when the table is opened.",
)
#: What `ShownJob` says and jobs.js paints.
JOBS = (
    "Waiting",
    "At work",
    "Done",
    "Did not work",
    "Cancelled",
    "Waiting for its turn.",
    "%(done)s of %(total)s.",
    "%(done)s so far.",
    "Just begun.",
    "All done.",
    "Done. The file was kept for a day and is gone.",
    "This was cancelled.",
)
_OF = {"uploads": UPLOADS, "jobs": JOBS}


def script_words(translate: Callable[[str], str], script: str) -> dict[str, str]:
    """The texts of a script that are said otherwise here, by the English ones.

    Arguments:
        translate: the `_` of the page.
        script: "uploads" or "jobs".
    """
    said = ((text, translate(text)) for text in _OF[script])
    return {text: other for text, other in said if other != text}
