"""What can go wrong between this server, a browser and a provider, as answers that say what to do."""

from __future__ import annotations

from doorward.errors import Refused, Unavailable


class ProviderProblem(Refused):
    """The sign-in by a provider did not work. `title` heads the page about it."""

    code = "provider_refused"
    status = 403
    title = "That did not work"
    default = (
        "The answer of the provider was not one that this site can rely on, so nobody was signed in. Try again; if "
        "it happens again, tell the person who runs this site. The journal says why."
    )


class FlowLost(ProviderProblem):
    """The answer of a provider came to a browser that did not ask, too late, or twice."""

    code = "sign_in_expired"
    status = 401
    title = "Begin again"
    default = "That took too long, was used before, or was begun in another browser. Begin again here."


class Cancelled(ProviderProblem):
    """The person, or the provider, said no."""

    code = "provider_cancelled"
    title = "Not signed in"
    default = "The provider signed nobody in, or it was cancelled there. Try again, or sign in another way."


class WrongTime(ProviderProblem):
    """The token holds at another time than now."""

    code = "provider_clock"
    title = "The clocks differ"
    default = (
        "The clock of this server and that of the provider are apart, or the answer came too late. Try again; if it "
        "happens again, ask the person who runs this site to check the clock."
    )


class NoAccountHere(ProviderProblem):
    """The provider knows the person, but no account is linked with that, and none may be made."""

    code = "no_account"
    title = "No account here yet"
    default = (
        "The provider knows you, but no account here is linked with it. If you have an account, sign in to it another "
        "way and link it on your account page. If not, ask the person who runs this site for an invitation."
    )


class MayNotEnter(ProviderProblem):
    """The account is blocked."""

    code = "account_blocked"
    title = "You may not sign in"
    default = "This account may not sign in. Ask the person who runs this site."


class StillWaits(ProviderProblem):
    """The account waits for approval."""

    code = "waits_for_approval"
    title = "Your account waits"
    default = "Your account waits for approval. Ask the person who runs this site, then sign in again."


class SomebodyElse(ProviderProblem):
    """The provider named another person than the one who is signed in here."""

    code = "somebody_else"
    title = "Somebody else"
    default = "The provider named somebody else than your account here is linked with. Sign in there as yourself."


class AlreadyLinked(ProviderProblem):
    """The identity opens another account, or this account has one at the provider."""

    code = "already_linked"
    status = 409
    title = "Linked already"
    default = "This is linked to an account here already. Unlink it there first."


class ProviderDown(Unavailable):
    """The provider does not answer, or not with what it should."""

    code = "provider_down"
    title = "The provider does not answer"
    default = (
        "The provider cannot be reached right now, or is not set up as it should be. Try again shortly, or sign in "
        "another way. If it lasts, tell the person who runs this site."
    )

    def __init__(self, reason: str = "unreachable") -> None:
        super().__init__(retry_after=10)
        self.reason = reason
