"""What mails say: short, in plain words; who asked, from where, and what to do if it was not you."""

from __future__ import annotations

from dataclasses import dataclass

#: What stands for the code where a mail is shown to somebody else than its recipient.
VEIL = "(not shown)"


@dataclass(frozen=True, slots=True)
class Asker:
    """Where something was asked for.

    Arguments:
        browser: in words, such as `Firefox on Linux`; never what a browser claims of itself.
        address: the client's address.
    """

    browser: str
    address: str

    def __str__(self) -> str:
        return f"{self.browser}, address {self.address}" if self.address else self.browser


@dataclass(frozen=True, slots=True)
class Text:
    """A subject, which never holds a code, and the text."""

    subject: str
    body: str


def verify(site: str, name: str, asker: Asker, code: str, link: str) -> Text:
    """The code that shows that an address is somebody's.

    Arguments:
        site: the site's name.
        name: the account that the address was given for.
        code, link: what the person types, and where it leads; or `VEIL` for both.
    """
    body = f"""The account "{name}" at {site} was given this e-mail address.
Asked for in: {asker}.

Your code:  {code}

Type it on the page that asks for it, or open this link in the same browser:
{link}

The code works once, for 30 minutes.

If this was not you, do nothing: without the code the address is not used."""
    return Text(f"Your code for {site}", body)


def taken(site: str, name: str, asker: Asker) -> Text:
    """For the owner of an address that somebody gives for another account.

    Arguments:
        name: the owner's own account.
    """
    body = f"""Somebody gave this e-mail address for another account at {site}.
Asked for in: {asker}.

It already belongs to your account "{name}", so nothing was changed.

If it was you: you have an account already, sign in with it.
If it was not you, there is nothing to do."""
    return Text(f"Your address was given at {site}", body)


def recover(site: str, asker: Asker, code: str, link: str) -> Text:
    """The code by which somebody chooses another password."""
    body = f"""Somebody forgot the password of your account at {site}.
Asked for in: {asker}.

Your code:  {code}

Type it on the page that asks for it, or open this link in the same browser:
{link}

The code works once, for 30 minutes. A second factor, if you have one, is still asked for.

If this was not you, do nothing, and give the code to nobody. Your password stays as it is."""
    return Text(f"Choose a new password at {site}", body)


def recovered(site: str, name: str, asker: Asker) -> Text:
    """After the password was changed with a code."""
    body = f"""The password of your account "{name}" at {site} was changed, with a code from an e-mail.
Done in: {asker}.

You are signed out everywhere.

If this was not you, somebody reads your mail: secure your mailbox, then choose a new password, and tell the person
who runs {site}."""
    return Text(f"Your password at {site} was changed", body)


def moved(site: str, name: str, asker: Asker, new: str) -> Text:
    """To the address that an account had before.

    Arguments:
        new: where mail goes from now on, so that only its owner recognises it; empty where nothing does any more.
    """
    happened = f"was changed to {new}" if new else "was removed"
    body = f"""The e-mail address of your account "{name}" at {site} {happened}.
Done in: {asker}.

This address can no longer be used to choose a new password.

If this was not you, sign in, end all other sessions and change your password; or tell the person who runs {site}."""
    return Text(f"Your e-mail address at {site} {'was changed' if new else 'was removed'}", body)


_IF_NOT = "If this was not you, change your password and end all other sessions; or tell the person who runs {site}."
#: What can happen with an account: the subject, what happened, and what to do if it was not you.
HAPPENED = {
    "password_changed": (
        "Your password at {site} was changed",
        'The password of your account "{name}" at {site} was changed.',
        "If this was not you, choose another one at once, or tell the person who runs {site}.",
    ),
    "factor_added": (
        "A second factor was set up at {site}",
        'A second factor was set up for your account "{name}" at {site}.',
        _IF_NOT,
    ),
    "factor_removed": (
        "A second factor was removed at {site}",
        'A second factor of your account "{name}" at {site} was removed.',
        _IF_NOT,
    ),
    "new_browser": (
        "A new browser at {site}",
        'Somebody signed in to your account "{name}" at {site} from a new browser.',
        _IF_NOT,
    ),
    "link_made": (
        "A link to choose a new password at {site}",
        'A link to choose a new password was made for your account "{name}" at {site}.',
        "If you did not ask for it, tell the person who runs {site}. Your second factor is still asked for.",
    ),
    "deleted": (
        "Your account at {site} is deleted",
        'Your account "{name}" at {site} was deleted.',
        "If this was not you, tell the person who runs {site}.",
    ),
}


def happened(site: str, name: str, asker: Asker, subject: str, what: str, advice: str) -> Text:
    """Something that the owner of an account should know at once.

    Arguments:
        asker: where it was done.
        subject, what, advice: of `HAPPENED`.
    """
    said = {"site": site, "name": name}
    return Text(subject.format(**said), f"{what.format(**said)}\nDone in: {asker}.\n\n{advice.format(**said)}")
