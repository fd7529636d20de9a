"""The requirements of OWASP ASVS 5.0 that a run speaks of: their ids, levels, what they ask in our words, and the
requirements of NIST SP 800-171 Rev. 2 that they serve.

The words are ours; what counts is the standard's own text (https://owasp.org/www-project-application-security-verification-standard/).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement.

    Arguments:
        id: of ASVS 5.0, such as "3.5.1".
        level: 1 to 3.
        words: what it asks, in our words.
        nist: the requirements of NIST SP 800-171 Rev. 2 that it serves.
    """

    id: str
    level: int
    words: str
    nist: tuple[str, ...] = ()


def _rows(text: str) -> dict[str, Requirement]:
    found = {}
    for line in text.strip().splitlines():
        number, level, nist, words = line.split(None, 3)
        served = () if nist == "-" else tuple(nist.split(","))
        found[number] = Requirement(number, int(level), words, served)
    return found


# id, level, NIST SP 800-171, words
REQUIREMENTS: dict[str, Requirement] = _rows("""
1.2.1   1 3.13.13       What people typed cannot become markup, nor a header.
1.2.2   1 3.13.13       Links that are made of what people typed run nothing.
1.2.3   1 3.13.13       What people typed cannot become code in a script, nor a part of JSON.
1.2.4   1 3.14.1        Values reach the database beside the query, and never as a part of it.
1.2.10  3 3.14.1        Tables that can be downloaded hold no formulas that people typed.
1.3.4   2 3.14.2        Drawings (SVG) that people bring along carry no scripts.
1.3.6   2 3.13.1,3.13.6 The app fetches nothing from addresses that an attacker chose.
1.3.7   2 3.14.1        No template is made of what people typed.
1.3.11  2 3.14.1        What people typed cannot add headers or commands to a mail.
1.5.3   3 3.14.1        No two readers understand the same text differently.
2.2.1   1 3.14.1        What comes in is held against what is expected, and else refused.
2.3.1   1 3.1.2         Steps that belong in an order cannot be skipped.
2.4.1   2 3.13.1        Nobody can flood the app, or empty it, by asking too often.
3.2.1   1 3.13.13       No answer is taken by a browser for something that it is not.
3.2.2   1 3.13.13       Text is shown as text, whatever it looks like.
3.3.1   1 3.13.8        Cookies are marked Secure, and carry a prefix that says so.
3.3.2   2 3.13.15       Cookies say whether other sites may cause them to be sent.
3.3.3   2 3.13.15       Cookies are for this host alone (__Host-).
3.3.4   2 3.13.4        Scripts cannot read the session's cookie.
3.4.1   1 3.13.8        Browsers are told, for a year at least, to come back with TLS only.
3.4.2   1 3.1.3         Scripts of other sites may not read answers.
3.4.3   2 3.13.13       A content security policy lets only the app's own scripts run.
3.4.4   2 3.13.13       Browsers do not guess what an answer is.
3.4.5   2 3.1.3         Other sites are not told the addresses of pages.
3.4.6   2 3.13.13       Other sites cannot show pages of the app in a frame.
3.5.1   1 3.13.15       Requests that another site caused are refused.
3.5.2   1 3.13.15       Requests that browsers send across sites unasked cannot change anything.
3.5.3   1 3.1.2         What changes something is never a GET.
3.7.2   2 3.1.3         Redirects lead only to places that the app knows.
4.1.1   1 3.13.13       Every answer says what it is, with its charset, and is that.
4.1.2   2 3.13.8        Only pages for people are redirected from HTTP to HTTPS.
4.1.3   2 3.1.14        Headers that a proxy sets cannot be set by anybody else.
4.2.1   2 3.13.1        Where a request ends can be read in one way only.
4.4.2   2 3.13.15       Connections for live messages are refused to other sites.
5.2.1   1 3.13.1        Files that are too large are refused.
5.2.2   1 3.14.2        The content of a file fits its extension.
5.2.3   2 3.14.2        Archives are not opened beyond caps on size and number.
5.2.4   3 3.13.1        Nobody can fill the disk: what one account may have is bounded.
5.2.5   3 3.14.2        Archives hold no links.
5.2.6   3 3.13.1        Pictures of too many pixels are refused.
5.3.1   1 3.14.2        Uploaded files are never run on the server.
5.3.2   1 3.1.2         Names that people give to files never become paths.
5.4.1   2 3.14.1        Downloads carry a name that the server chose or checked.
5.4.2   2 3.14.1        Names of files cannot break the header that they stand in.
6.2.1   1 3.5.7         Passwords have 8 characters at least, better 15.
6.2.2   1 3.5.7         People can change their password.
6.2.3   1 3.5.7         To change a password one says the current one.
6.2.4   1 3.5.7         The commonest passwords are refused.
6.2.5   1 3.5.7         No characters are demanded or forbidden in passwords.
6.2.6   1 3.5.11        Password fields hide what is typed.
6.2.7   1 3.5.7         Pasting, and password managers, work.
6.2.8   1 3.5.7         A password is checked as it was typed, whole.
6.2.9   2 3.5.7         Passwords of 64 characters are taken.
6.2.10  2 3.5.7         Nobody has to change a password without a reason.
6.2.11  2 3.5.7         Words of this site are refused as passwords.
6.2.12  2 3.5.7         Passwords known from breaches are refused.
6.3.1   1 3.1.8         Guessing passwords is stopped.
6.3.2   1 3.5.2         There are no accounts with known passwords.
6.3.3   2 3.5.3         A second factor is there, and can be required.
6.3.4   2 3.5.2         Every way to sign in is known, and as strong as the others.
6.4.1   1 3.5.9         First passwords and codes are random, expire, and are changed at once.
6.4.2   1 3.5.2         There are no hints and no secret questions.
6.4.3   2 3.5.3         Who forgot the password still needs the second factor.
6.4.4   2 3.5.3         Who lost a factor proves as much as when setting it up.
6.5.1   2 3.5.4         Codes work once.
6.5.2   2 3.5.10        Short codes are stored hashed, with a salt or slowly.
6.5.4   2 3.5.4         Codes cannot be guessed: 20 bits at least.
6.5.5   2 3.5.4         Codes expire.
6.6.2   2 3.5.4         A code works only for the request that it was made for.
6.6.3   2 3.1.8         Guessing codes is stopped.
6.8.2   2 3.5.2         What a sign-in provider says counts with its own signature only.
7.2.1   1 3.13.15       Sessions are checked on the server.
7.2.2   1 3.13.15       Sessions are made for each sign-in, and are no fixed keys.
7.2.3   1 3.13.15       Session identifiers are random, 128 bits at least.
7.2.4   1 3.13.15       Signing in, and signing in again, gives a new identifier.
7.3.1   2 3.1.11        A session that is not used ends.
7.3.2   2 3.1.11        A session ends, however much it is used.
7.4.1   1 3.1.11        A session that was ended opens nothing.
7.4.2   1 3.5.6         Deleting or blocking an account ends its sessions.
7.4.3   2 3.1.11        Changing a factor ends the other sessions.
7.4.4   2 3.1.11        Every page has a way to sign out.
7.4.5   2 3.1.12        Administrators can end anybody's sessions.
7.5.1   2 3.5.2         What changes an account's way in asks to sign in again.
7.5.2   2 3.1.11        People see their sessions and can end them.
8.2.1   1 3.1.1,3.1.2   Only those who may enter a way enter it.
8.2.2   1 3.1.1,3.1.5   Only those who may see an object see it.
8.2.3   2 3.1.5         Only those who may change a field change it.
8.3.1   1 3.1.2         The server decides who may, and nothing in the browser.
9.1.1   1 3.13.15       Signed notes are believed only with a right signature.
9.1.2   1 3.13.11       Only known algorithms sign notes.
9.1.3   1 3.13.10       The keys that verify come from known places.
9.2.1   1 3.13.15       Signed notes are believed only in their time.
9.2.2   2 3.1.2         A note or token opens only what its kind is for.
9.2.3   2 3.1.2         A note or token is believed only where it was made for.
10.1.2  2 3.5.2         An answer of a sign-in provider counts only in the flow that asked.
10.2.1  2 3.13.15       Nobody can be signed in by somebody else's answer of a provider.
10.2.2  2 3.13.15       Answers of one provider are not taken for another's.
10.5.1  2 3.5.4         An ID token counts in the sign-in for which it was made, once.
10.5.2  2 3.5.1         People are known by issuer and subject, never by address or name.
10.5.3  2 3.5.2         A provider cannot pretend to be another.
10.5.4  2 3.5.2         A provider's answer counts only if it was made for this app.
11.3.2  1 3.13.11       What is encrypted is encrypted with AES-GCM, under a nonce that never comes twice.
11.3.3  2 3.8.9,3.13.11 What is encrypted cannot be changed without being found out.
11.4.2  2 3.5.10        Passwords are stored with a slow hash of its time.
12.1.1  1 3.13.8        Only TLS 1.2 and 1.3 are spoken.
12.1.2  2 3.13.11       Only strong ciphers are spoken.
12.2.1  1 3.13.8        Everything between people and the app goes by TLS.
12.2.2  1 3.13.8        Certificates are ones that everybody's browsers trust.
12.3.2  2 3.13.15       Who the app connects to has to show a valid certificate.
13.2.4  2 3.13.6        The app connects only to places on a list.
13.3.1  2 3.13.10       The server makes and keeps its own secrets, and they go nowhere else.
13.3.2  2 3.1.5         Who does not need the server's secrets does not reach them.
13.4.1  1 3.13.5        Source control is out of reach.
13.4.2  2 3.4.6         Debugging is off.
13.4.3  2 3.4.6         Folders are not listed.
13.4.4  2 3.4.6         TRACE is not answered.
13.4.5  2 3.4.6         Descriptions and monitoring are open only where meant.
14.2.1  1 3.13.8        No secret stands in an address.
14.2.4  2 3.8.9         Records are as well kept in a backup as where they came from.
14.3.1  1 3.8.3         Signing out clears what the browser keeps.
14.3.2  2 3.13.4        Pages that are somebody's own stay out of caches.
15.3.2  2 3.13.6        Fetches do not follow redirects unasked.
15.3.3  2 3.1.2         Fields that nobody offered are not taken.
15.3.4  2 3.1.14        The address of the client cannot be forged.
15.3.5  2 3.14.1        A value of another kind than expected is refused, and not taken for one that fits.
16.2.1  2 3.3.1         The journal says when, where, who and what.
16.2.2  2 3.3.7         Times are in UTC.
16.2.5  2 3.3.8         No secret enters the journal or the log.
16.3.1  2 3.3.1         Signing in, done or refused, is in the journal.
16.3.2  2 3.3.1         Refusals are in the journal.
16.3.3  2 3.3.1         Attempts to get around the door are in the journal.
16.4.1  2 3.3.8         Nobody can write lines of their own into the log.
16.4.2  2 3.3.8         The journal cannot be changed without being found out.
16.5.1  2 3.14.1        Errors tell nothing of the inside.
16.5.3  2 3.14.1        When something fails, nothing is let through.
""")

#: What cannot be claimed, and why.
NOT_CLAIMED: dict[str, str] = {
    "12.2.2": "With the local authority, each device has to be told once to trust it. With a proxy and a public "
    "certificate in front, the proxy's certificate decides.",
}
