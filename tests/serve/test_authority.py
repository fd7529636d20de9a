"""The local certificate authority, with real TLS handshakes."""

from __future__ import annotations

import multiprocessing
import ssl
import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from doorward.errors import StartRefused
from doorward.serve.authority import Certificate, ensure_certificate, keep_current, renew, tls_context
from doorward.serve.certificates import Issued, fingerprint, issue, permits

NAMES = ("localhost", "door", "door.local")
ADDRESSES = ("127.0.0.1", "192.168.1.5", "203.0.113.7", "::1", "2001:db8:1:2::5")
NOW = datetime.now(UTC).replace(microsecond=0)  # the handshakes compare with the real clock
DAY = timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tls"


@pytest.fixture
def made(folder: Path) -> Certificate:
    return ensure_certificate(folder, NAMES, ADDRESSES, NOW)


def again(made: Certificate, now: datetime = NOW, names: tuple[str, ...] = NAMES) -> Certificate:
    return ensure_certificate(made.path.parent, names, ADDRESSES, now)


def trusting(authority: Path) -> ssl.SSLContext:
    """A client as strict as a browser that trusts this authority and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> ssl.SSLObject:
    """A TLS handshake through memory; answers the client's end, or raises what either side raises."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname=host)
    for _ in range(4):
        for end in (theirs, ours):
            _advance(end.do_handshake)
    theirs.do_handshake()
    return theirs


def _advance(step: Callable[[], None]) -> None:
    with suppress(ssl.SSLWantReadError):  # the other end speaks next
        step()


def certificate_seen(end: ssl.SSLObject) -> x509.Certificate:
    seen = end.getpeercert(binary_form=True)
    assert seen is not None
    return x509.load_der_x509_certificate(seen)


# --- handshakes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", [*NAMES, *ADDRESSES])
def test_a_browser_that_trusts_the_authority_reaches_every_name_and_address(made: Certificate, host: str) -> None:
    end = handshake(tls_context(made.path), trusting(made.authority_path), host)
    assert end.version() == "TLSv1.3"
    assert certificate_seen(end).serial_number == made.serial


@pytest.mark.parametrize("host", ["evil.example", "other.local", "192.168.1.6", "::2", "x.door.local"])
def test_another_name_is_refused(made: Certificate, host: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        handshake(tls_context(made.path), trusting(made.authority_path), host)


def test_a_browser_that_trusts_another_authority_refuses(made: Certificate, tmp_path: Path) -> None:
    other = ensure_certificate(tmp_path / "other", NAMES, ADDRESSES, NOW)
    with pytest.raises(ssl.SSLCertVerificationError, match=r"self-signed|unable to get local issuer|signature"):
        handshake(tls_context(made.path), trusting(other.authority_path), "door.local")


def old_client(authority: Path, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    return context


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_tls_before_1_2_is_refused(made: Certificate, version: ssl.TLSVersion) -> None:
    careless = tls_context(made.path)
    careless.set_ciphers("ALL:@SECLEVEL=0")
    careless.minimum_version = ssl.TLSVersion.TLSv1
    client = old_client(made.authority_path, version)
    assert handshake(careless, client, "door.local").version() in ("TLSv1", "TLSv1.1")  # the client can
    strict = tls_context(made.path)
    strict.set_ciphers("ALL:@SECLEVEL=0")  # so that it is the version that is refused, not the suites
    with pytest.raises(ssl.SSLError, match=r"(?i)version|protocol"):
        handshake(strict, client, "door.local")


@pytest.mark.parametrize("suite", ["ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-CCM8"])
def test_suites_without_full_authenticated_encryption_are_refused(made: Certificate, suite: str) -> None:
    client = old_client(made.authority_path, ssl.TLSVersion.TLSv1_2)
    client.set_ciphers(f"{suite}:@SECLEVEL=0")
    careless = tls_context(made.path)
    careless.set_ciphers("ALL:@SECLEVEL=0")
    assert handshake(careless, client, "door.local").version() == "TLSv1.2"
    with pytest.raises(ssl.SSLError, match=r"(?i)shared cipher"):
        handshake(tls_context(made.path), client, "door.local")


def test_everything_the_server_offers_is_forward_secret_and_authenticated(made: Certificate) -> None:
    suites = [suite["name"] for suite in tls_context(made.path).get_ciphers()]
    assert len(suites) >= 5
    for name in suites:
        assert name.startswith(("TLS_", "ECDHE-"))
        assert "GCM" in name or "CHACHA20" in name


def test_a_tls_1_2_phone_still_gets_in(made: Certificate) -> None:
    client = trusting(made.authority_path)
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    end = handshake(tls_context(made.path), client, "192.168.1.5")
    assert end.version() == "TLSv1.2"
    assert end.cipher()[0].startswith("ECDHE-ECDSA-")  # type: ignore[index]


# --- renewal ---------------------------------------------------------------------------------------


def test_a_renewed_certificate_is_served_without_a_restart(made: Certificate) -> None:
    server, client = tls_context(made.path), trusting(made.authority_path)
    assert certificate_seen(handshake(server, client, "door.local")).serial_number == made.serial
    fresh = keep_current(server, made, (*NAMES, "new.local"), ADDRESSES, NOW)
    assert fresh.serial != made.serial
    assert certificate_seen(handshake(server, client, "new.local")).serial_number == fresh.serial
    assert fresh.fingerprint == made.fingerprint  # nobody has to trust anything anew


def test_a_certificate_is_renewed_when_less_than_a_third_of_its_life_is_left(made: Certificate) -> None:
    third = (made.expires - (NOW - DAY)) / 3
    assert again(made, made.expires - third - DAY).serial == made.serial
    renewed = again(made, made.expires - third + DAY)
    assert renewed.serial != made.serial
    assert renewed.expires > made.expires


def test_nothing_is_renewed_without_need(made: Certificate) -> None:
    content = made.path.read_bytes()
    assert again(made, NOW + DAY) == made
    assert again(made, NOW, NAMES[:2]) == made  # a name that went away may come back
    assert made.path.read_bytes() == content


@pytest.mark.parametrize("damage", [b"", b"garbage", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_server_certificate_is_made_again(made: Certificate, damage: bytes) -> None:
    made.path.write_bytes(damage)
    fresh = again(made)
    assert handshake(tls_context(fresh.path), trusting(fresh.authority_path), "door.local")


def test_a_key_that_belongs_to_another_certificate_is_found(made: Certificate, tmp_path: Path) -> None:
    other = ensure_certificate(tmp_path / "other", NAMES, ADDRESSES, NOW)
    key = other.path.read_text().split("-----BEGIN CERTIFICATE")[0]
    made.path.write_text(key + "-----BEGIN CERTIFICATE" + made.path.read_text().split("-----BEGIN CERTIFICATE")[1])
    assert again(made).serial != made.serial


def test_a_certificate_of_another_authority_is_replaced(made: Certificate, tmp_path: Path) -> None:
    other = ensure_certificate(tmp_path / "other", NAMES, ADDRESSES, NOW)
    made.path.write_bytes(other.path.read_bytes())
    assert again(made).serial not in (made.serial, other.serial)


def test_a_certificate_from_the_future_is_replaced_when_the_clock_is_right_again(made: Certificate) -> None:
    future = again(made, NOW + timedelta(days=700))
    back = again(made, NOW)
    assert back.serial != future.serial
    assert handshake(tls_context(back.path), trusting(back.authority_path), "door.local")


def test_a_damaged_file_does_not_disturb_the_live_context(made: Certificate) -> None:
    server = tls_context(made.path)
    made.path.write_text("garbage")
    with pytest.raises(StartRefused):
        renew(server, made.path)
    end = handshake(server, trusting(made.authority_path), "door.local")
    assert certificate_seen(end).serial_number == made.serial


# --- the authority ---------------------------------------------------------------------------------


def authority_of(made: Certificate) -> Issued:
    content = (made.path.parent / "authority.pem").read_bytes()
    key = load_pem_private_key(content, None)
    return Issued(key, x509.load_pem_x509_certificate(content))  # type: ignore[arg-type]


def test_the_server_certificate_lives_shorter_than_browsers_demand_and_the_authority_ten_years(
    made: Certificate,
) -> None:
    server = x509.load_pem_x509_certificate(made.path.read_bytes())
    assert server.not_valid_after_utc - server.not_valid_before_utc <= timedelta(days=397)
    assert timedelta(days=3650) < authority_of(made).certificate.not_valid_after_utc - NOW < timedelta(days=3660)
    assert server.not_valid_before_utc < NOW  # for phones whose clock is late


@pytest.mark.parametrize(
    "target", ["bank.example", "evil.doorx", "local.example", "8.8.8.8", "203.0.113.8", "2001:db8::1"]
)
def test_a_stolen_authority_key_opens_nothing_beyond_this_network(
    made: Certificate, tmp_path: Path, target: str
) -> None:
    authority = authority_of(made)
    is_address = target[-1].isdigit()
    forged = issue(authority, () if is_address else (target,), (target,) if is_address else (), NOW)
    file = tmp_path / "forged.pem"
    file.write_bytes(_pem(forged))
    assert not permits(authority.certificate, target)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        handshake(tls_context(file), trusting(made.authority_path), target)


def _pem(issued: Issued) -> bytes:
    key = issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key + issued.certificate.public_bytes(Encoding.PEM)


def test_a_server_certificate_cannot_make_further_certificates(made: Certificate, tmp_path: Path) -> None:
    content = made.path.read_bytes()
    server = Issued(load_pem_private_key(content, None), x509.load_pem_x509_certificate(content))  # type: ignore[arg-type]
    file = tmp_path / "forged.pem"
    file.write_bytes(_pem(issue(server, ("other.local",), (), NOW)) + content[content.index(b"-----BEGIN CERT") :])
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(tls_context(file), trusting(made.authority_path), "other.local")


def test_what_the_authority_may_not_vouch_for_is_left_out_and_told(made: Certificate) -> None:
    later = ensure_certificate(made.path.parent, (*NAMES, "new.example"), (*ADDRESSES, "198.51.100.1"), NOW)
    assert later.left_out == {"new.example", "198.51.100.1"}
    assert handshake(tls_context(later.path), trusting(later.authority_path), "door.local")


def test_names_are_taken_as_people_write_them_and_what_is_none_is_left_out(folder: Path) -> None:
    made = ensure_certificate(folder, ("Door.Local.", "10.1.2.3", "a b", "émile"), ("::1", "nonsense/8"), NOW)
    assert made.names == {"localhost", "door.local", "10.1.2.3", "::1"}
    assert made.left_out == {"a b", "émile", "nonsense/8"}
    for host in made.names:
        assert handshake(tls_context(made.path), trusting(made.authority_path), host)


def test_a_machine_named_like_a_domain_does_not_make_an_authority_over_that_domain(folder: Path) -> None:
    made = ensure_certificate(folder, ("localhost", "dev", "dev.local"), ("127.0.0.1",), NOW)
    assert made.left_out == {"dev"}
    assert not permits(authority_of(made).certificate, "bank.dev")
    assert handshake(tls_context(made.path), trusting(made.authority_path), "dev.local")


def test_an_address_that_moved_within_the_private_networks_needs_no_new_authority(made: Certificate) -> None:
    moved = ensure_certificate(made.path.parent, NAMES, ("10.9.8.7", "2001:db8:1:2::77"), NOW)
    assert moved.left_out == frozenset()
    assert handshake(tls_context(moved.path), trusting(made.authority_path), "10.9.8.7")


def test_the_fingerprint_is_that_of_the_certificate_people_install(made: Certificate) -> None:
    public = x509.load_pem_x509_certificate(made.authority_path.read_bytes())
    assert made.fingerprint == fingerprint(public)
    assert len(made.fingerprint) == 95
    assert b"PRIVATE" not in made.authority_path.read_bytes()


def test_only_the_owner_reads_the_keys(made: Certificate) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made.path.parent.iterdir()}
    assert modes == {"authority.pem": 0o600, "server.pem": 0o600, "ca.pem": 0o644, ".lock": 0o600}
    assert stat.S_IMODE(made.path.parent.stat().st_mode) == 0o700


def test_an_authority_key_that_others_can_read_stops_the_start(made: Certificate) -> None:
    (made.path.parent / "authority.pem").chmod(0o644)
    with pytest.raises(StartRefused, match="chmod 600"):
        again(made)


def test_a_damaged_authority_is_not_replaced_silently(made: Certificate) -> None:
    path = made.path.parent / "authority.pem"
    path.write_text("garbage")
    with pytest.raises(StartRefused, match="damaged"):
        again(made)
    assert path.read_text() == "garbage"


@pytest.mark.parametrize("year", [1970, 2100])
def test_a_clock_that_jumped_makes_no_new_authority(made: Certificate, folder: Path, year: int) -> None:
    jumped = datetime(year, 1, 2, tzinfo=UTC)
    if year == 2100:
        with pytest.raises(StartRefused, match="clock"):
            again(made, jumped)
    else:
        with pytest.raises(StartRefused, match="clock"):
            ensure_certificate(folder.parent / "first-run", NAMES, ADDRESSES, jumped)
        again(made, jumped)
    assert again(made).fingerprint == made.fingerprint


def test_a_lost_public_copy_is_written_again(made: Certificate) -> None:
    made.authority_path.unlink()
    assert again(made).authority_path.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")


def test_processes_that_start_together_agree_on_one_authority(folder: Path) -> None:
    context = multiprocessing.get_context("fork")
    together, answers = context.Barrier(4), context.SimpleQueue()

    def start() -> None:
        together.wait()
        answers.put(ensure_certificate(folder, NAMES, ADDRESSES, NOW).fingerprint)

    processes = [context.Process(target=start) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert len({answers.get() for _ in processes}) == 1


def test_a_folder_that_cannot_be_made_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StartRefused, match="cannot be written"):
        ensure_certificate(tmp_path / "file" / "tls", NAMES, ADDRESSES, NOW)


def test_a_machine_without_names_is_still_reached_on_loopback(folder: Path) -> None:
    made = ensure_certificate(folder, (), ("127.0.0.1",), NOW)
    assert made.names == {"localhost", "127.0.0.1"}
    assert handshake(tls_context(made.path), trusting(made.authority_path), "127.0.0.1")
