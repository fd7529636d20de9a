"""Settings: read from three places, never guessed, never leaked; secrets made once and kept private."""

from __future__ import annotations

import multiprocessing
import stat
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from doorward import secret_file
from doorward.core.units import Rate
from doorward.errors import SettingsError
from doorward.settings import Settings, describe, rotate_keys

GOOD_KEY = "Zb3nJ0uY-7LrxTq2VwEo9hKcM4fDpSgA5iN8yBvX1eU"
DEVELOPMENT = {"DOORWARD_ENV": "development"}


def load(data: Path, **environ: str) -> Settings:
    return Settings.load(data, {f"DOORWARD_{name}": text for name, text in environ.items()})


def refusal(data: Path, **environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(data, **environ)
    return str(caught.value)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


# -- where a setting comes from ------------------------------------------------------------------------------


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(data: Path) -> None:
    data.mkdir(mode=0o700)
    (data / "doorward.toml").write_text('site_name = "File"\nport = 1\nthreads = 3\n')
    settings = Settings.load(data, {"DOORWARD_SITE_NAME": "Env", "DOORWARD_PORT": "2"}, {"port": 3})
    assert (settings.site_name, settings.port, settings.threads) == ("Env", 3, 3)


def test_values_become_their_types(data: Path) -> None:
    settings = load(
        data,
        SESSION_IDLE="1d12h",
        MAX_BODY="1 MiB",
        SETUP="5/15minutes",
        BEHIND_PROXY="127.0.0.1, 10.1.2.3/8",
        HOSTS="Polls.Example.org,[::1],bücher.example",
        PUBLIC_URL="https://Polls.example.org/",
        PLAIN_HTTP="yes",
    )
    assert settings.session_idle == timedelta(days=1, hours=12)
    assert settings.max_body == 1 << 20
    assert settings.setup == Rate(5, 900)
    assert settings.behind_proxy == (ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8"))
    assert settings.hosts == ("polls.example.org", "::1", "xn--bcher-kva.example")
    assert settings.public_url == "https://polls.example.org"
    assert settings.plain_http is True


def test_toml_lists_and_numbers_are_read_as_they_are(data: Path) -> None:
    data.mkdir(mode=0o700)
    (data / "doorward.toml").write_text('hosts = ["a.example", "b.example"]\nmax_body = 65536\ndebug = false\n')
    settings = load(data)
    assert (settings.hosts, settings.max_body, settings.debug) == (("a.example", "b.example"), 65536, False)


def test_the_database_is_in_the_data_folder_unless_said_otherwise(data: Path) -> None:
    assert load(data).database_url == f"sqlite:///{data.absolute()}/doorward.sqlite3"
    assert load(data, DATABASE_URL="postgresql://h/d").database_url == "postgresql://h/d"


def test_passwords_are_hashed_on_every_processor_unless_said_otherwise(data: Path) -> None:
    assert load(data).hash_threads >= 1
    assert load(data, HASH_THREADS="3").hash_threads == 3


def test_an_empty_variable_is_no_value_and_other_programs_variables_are_not_ours(data: Path) -> None:
    settings = Settings.load(data, {"DOORWARD_REDIS_URL": "", "PORT": "1", "DOORWARD_DATA": str(data)})
    assert (settings.redis_url, settings.port) == (None, 8000)


# -- what is not understood stops the start ------------------------------------------------------------------


def test_an_unknown_variable_is_refused_with_the_nearest_setting(data: Path) -> None:
    text = refusal(data, SECRET_KEY=GOOD_KEY)
    assert "DOORWARD_SECRET_KEY is not a setting" in text
    assert "DOORWARD_SECRET_KEYS" in text
    assert GOOD_KEY not in text


def test_an_unknown_key_in_the_file_is_refused_with_the_nearest_setting(data: Path) -> None:
    data.mkdir(mode=0o700)
    (data / "doorward.toml").write_text("max_boddy = 1\n")
    text = refusal(data)
    assert "max_boddy in doorward.toml" in text
    assert "max_body" in text


def test_an_unknown_override_is_refused(data: Path) -> None:
    with pytest.raises(SettingsError, match=r"prot is not a setting\. The nearest one is port"):
        Settings.load(data, {}, {"prot": 1})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "eighty"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "٣"),
        ("DEBUG", "maybe"),
        ("ENV", "prod"),
        ("SESSION_IDLE", "14"),
        ("SESSION_IDLE", "0s"),
        ("SESSION_IDLE", "999999999d"),
        ("MAX_BODY", "big"),
        ("MAX_BODY", "0"),
        ("SETUP", "5 an hour"),
        ("SETUP", "0/hour"),
        ("SETUP", "5/0minutes"),
        ("BEHIND_PROXY", "my-proxy"),
        ("BEHIND_PROXY", "0.0.0.0/0"),
        ("BEHIND_PROXY", "::/0"),
        ("HOSTS", "*"),
        ("HOSTS", "https://a.example"),
        ("HOSTS", "a.example/x"),
        ("PUBLIC_URL", "https://u:p@a.example"),
        ("PUBLIC_URL", "javascript://a"),
        ("PUBLIC_URL", "https://a.example/path"),
        ("SITE_NAME", "two\nlines"),
        ("COOKIE_SAMESITE", "off"),
        ("APPS", "../polls"),
    ],
)
def test_an_ill_typed_value_is_refused_by_name(data: Path, name: str, text: str) -> None:
    assert f"DOORWARD_{name} " in refusal(data, **{name: text})


def test_a_misspelt_choice_names_the_nearest_one(data: Path) -> None:
    assert "did you mean development?" in refusal(data, ENV="developement")


@pytest.mark.parametrize("toml", ["port = '80'x", "port = true", "port = 1.5", "[ai]\nkey = 'x'", "port = "])
def test_a_file_that_does_not_read_is_refused(data: Path, toml: str) -> None:
    data.mkdir(mode=0o700)
    (data / "doorward.toml").write_text(toml)
    assert "doorward.toml" in refusal(data)


def test_a_cookie_for_other_sites_is_refused_where_browsers_would_drop_it(data: Path) -> None:
    assert load(data, COOKIE_SAMESITE="none").cookie_samesite == "none"
    assert "needs TLS" in refusal(data, COOKIE_SAMESITE="none", PLAIN_HTTP="true")


# -- production ----------------------------------------------------------------------------------------------


def test_whoever_does_not_choose_gets_production(data: Path) -> None:
    assert load(data).production


@pytest.mark.parametrize("unsafe", [{"DEBUG": "true"}, {"HASH_PROFILE": "cheap"}])
def test_production_refuses_what_only_development_may_do(data: Path, unsafe: dict[str, str]) -> None:
    assert "DOORWARD_ENV=development" in refusal(data, ENV="production", **unsafe)
    assert load(data, ENV="development", **unsafe).env == "development"


@pytest.mark.parametrize("weak", ["tiny", "changeme" * 5, "a" * 64, "0123456789abcdef" * 2])
@pytest.mark.parametrize("place", ["{}", "{}," + GOOD_KEY, GOOD_KEY + ",{}"])
def test_production_refuses_a_weak_key_at_any_place_without_showing_it(data: Path, weak: str, place: str) -> None:
    keys = place.format(weak)
    assert weak not in refusal(data, ENV="production", SECRET_KEYS=keys)
    assert load(data, ENV="development", SECRET_KEYS=keys).notes


def test_an_empty_list_of_keys_is_refused_and_not_replaced_by_the_file(data: Path) -> None:
    load(data)
    assert "at least one" in refusal(data, SECRET_KEYS="")
    assert "at least one" in refusal(data, SECRET_KEYS=" , ")


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o602, 0o666])
def test_production_refuses_a_secret_file_that_others_can_read_and_development_mends_it(data: Path, bits: int) -> None:
    load(data)
    path = data / "secrets.toml"
    path.chmod(bits)
    assert "chmod 600" in refusal(data, ENV="production")
    assert mode(path) == bits, "a refusal changes nothing: the operator should know that it was open"
    assert load(data, ENV="development").notes
    assert mode(path) == 0o600


def test_the_settings_file_counts_as_a_secret_file_once_it_holds_a_secret(data: Path) -> None:
    load(data)
    path = data / "doorward.toml"
    path.write_text('site_name = "Open"\n')
    path.chmod(0o644)
    assert load(data).site_name == "Open"
    path.write_text('smtp_url = "smtps://u:p@mail.example"\n')
    assert "doorward.toml holds secrets" in refusal(data)


def test_production_refuses_a_folder_in_which_everybody_can_swap_the_keys(data: Path) -> None:
    load(data)
    data.chmod(0o777)
    assert "chmod go-w" in refusal(data)
    assert load(data, ENV="development").notes


def test_keys_that_cannot_be_kept_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("")
    assert "DOORWARD_SECRET_KEYS" in refusal(tmp_path / "a-file" / "data")
    assert load(tmp_path / "a-file" / "data", SECRET_KEYS=GOOD_KEY).secret_keys == (GOOD_KEY,)


# -- the secret file -----------------------------------------------------------------------------------------


def test_the_first_run_makes_a_private_key_and_later_runs_keep_it(data: Path) -> None:
    first = load(data)
    assert (mode(data), mode(data / "secrets.toml")) == (0o700, 0o600)
    assert len(first.secret_keys) == 1
    assert len(first.secret_keys[0]) == 43
    assert load(data).secret_keys == first.secret_keys
    assert first.notes == ()


def test_keys_in_the_environment_are_used_and_no_file_is_made(data: Path) -> None:
    assert load(data, SECRET_KEYS=f"{GOOD_KEY}, {GOOD_KEY[::-1]}").secret_keys == (GOOD_KEY, GOOD_KEY[::-1])
    assert not data.exists()


def _keys_of(data: Path) -> tuple[str, ...]:
    return Settings.load(data, {}).secret_keys


def test_processes_that_start_at_once_use_the_same_key(data: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        found = pool.map(_keys_of, [data] * 8, chunksize=1)
    assert len(set(found)) == 1
    assert {path.name for path in data.iterdir()} == {"secrets.toml", "secrets.lock"}


@pytest.mark.parametrize("content", ["", "secret_keys = []", 'secret_keys = [""]', "secret_keys = [1]", "x", "\xff"])
def test_a_damaged_secret_file_is_refused_and_left_as_it_is(data: Path, content: str) -> None:
    load(data)
    path = data / "secrets.toml"
    path.write_text(content, "latin-1")
    assert "secrets.toml" in refusal(data)
    assert path.read_text("latin-1") == content


def test_a_write_that_fails_leaves_the_old_keys_and_no_litter(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = load(data).secret_keys

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(secret_file.os, "fsync", full)
    with pytest.raises(SettingsError, match="No space left"):
        rotate_keys(data, {})
    monkeypatch.undo()
    assert load(data).secret_keys == before
    assert {path.name for path in data.iterdir()} == {"secrets.toml", "secrets.lock"}


def test_rotating_puts_a_new_key_in_front_and_keeps_the_others(data: Path) -> None:
    old = load(data).secret_keys
    keys = rotate_keys(data, {})
    assert keys[1:] == old
    assert load(data).secret_keys == keys
    assert mode(data / "secrets.toml") == 0o600


def test_rotating_the_file_is_refused_while_the_keys_come_from_elsewhere(data: Path) -> None:
    with pytest.raises(SettingsError, match="DOORWARD_SECRET_KEYS"):
        rotate_keys(data, {"DOORWARD_SECRET_KEYS": GOOD_KEY})
    assert not data.exists()


# -- what is shown -------------------------------------------------------------------------------------------

SECRETS = {
    "SECRET_KEYS": GOOD_KEY,
    "DATABASE_URL": "postgresql://u:hunter2@h/d",
    "REDIS_URL": "redis://:hunter2@h",
    "FILES_URL": "s3://k:hunter2@h/f",
    "SMTP_URL": "smtps://u:hunter2@h",
    "BOOTSTRAP_TOKEN": "hunter2-3f9c81d2a07b4e65c8d1f02b97a4e36d",
    "ADMIN_PASSWORD": "hunter2 beside seven green doors",
    "AI_KEY": "hunter2",
    "TURN_SECRET": "hunter2",
    "BACKUP_KEY": f"dwbackup_hunter2{'k' * 36}",
    "OIDC": '{a = {issuer = "https://id.example.org", client_id = "doorward", client_secret = "hunter2"}}',
}


def test_no_list_and_no_repr_shows_a_secret(data: Path) -> None:
    # Providers are for sites with accounts, the single password for sites without: not both at once.
    each = [
        load(data, TURN_SERVERS="turn:a", **{k: v for k, v in SECRETS.items() if k != left_out})
        for left_out in ("OIDC", "ADMIN_PASSWORD")
    ]
    shown = "".join(repr(settings) + repr(describe(settings)) for settings in each)
    assert "hunter2" not in shown
    assert GOOD_KEY not in shown
    assert {row.variable for row in describe() if row.secret} == {f"DOORWARD_{name}" for name in SECRETS}


@pytest.mark.parametrize("name", ["SMTP_URL", "REDIS_URL", "DATABASE_URL", "FILES_URL"])
def test_an_ill_typed_secret_is_not_shown(data: Path, name: str) -> None:
    assert "hunter2" not in refusal(data, **{name: "hunter2"})


def test_turn_servers_without_their_secret_are_refused_and_the_other_way_round(data: Path) -> None:
    assert "belong together" in refusal(data, TURN_SERVERS="turn:turn.example.org")
    assert "belong together" in refusal(data, TURN_SECRET="hunter2")
    assert "turn:turn.example.org:3478" in refusal(data, TURN_SERVERS="turn.example.org", TURN_SECRET="hunter2")


def test_calls_that_are_only_relayed_need_somebody_who_relays(data: Path) -> None:
    assert "name a TURN server" in refusal(data, TURN_ONLY="true")
    assert load(data, TURN_ONLY="true", TURN_SERVERS="turn:a", TURN_SECRET="hunter2").turn_only


def test_every_setting_has_a_sentence_and_an_example_that_reads(data: Path) -> None:
    rows = describe()
    assert len(rows) > 40
    for row in rows:
        assert row.meaning.endswith("."), row.name
        assert len(row.meaning.split()) > 4, row.name
        assert row.kind, row.name
        if row.name not in ("secret_keys", "backup_key"):  # one that stands in a document would be no secret
            related = {
                **dict.fromkeys(("debug", "hash_profile", "bootstrap_token", "backup_key_file"), DEVELOPMENT),
                "map_tiles": {"DOORWARD_MAP_ATTRIBUTION": "A map"},
                "map_attribution": {"DOORWARD_MAP_TILES": "https://tiles.example.org/{z}/{x}/{y}"},
                "turn_servers": {"DOORWARD_TURN_SECRET": "hunter2"},
                "turn_secret": {"DOORWARD_TURN_SERVERS": "turn:a"},
                "turn_only": {"DOORWARD_TURN_SERVERS": "turn:a", "DOORWARD_TURN_SECRET": "hunter2"},
                "ai_provider": {"DOORWARD_AI_MODEL": "a", "DOORWARD_AI_KEY": "hunter2"},
            }.get(row.name, {})
            Settings.load(data, {**related, row.variable: row.example})


def test_what_is_listed_reads_back_to_the_same_settings(data: Path) -> None:
    settings = load(data, SETUP="7/2days", HOSTS="a.example,b.example", FRESH_FOR="1h30m", MAX_BODY="300KiB")
    listed = {row.variable: row.value or "" for row in describe(settings) if not row.secret}
    assert Settings.load(data, listed) == settings


def test_a_map_says_whose_it_is_and_has_levels(data: Path) -> None:
    tiles = "https://tiles.example.org/{z}/{x}/{y}.png"
    assert "belong together" in refusal(data, MAP_TILES=tiles)
    assert "belong together" in refusal(data, MAP_ATTRIBUTION="© Somebody")
    assert "no tile would be left" in refusal(data, MAP_LEAST_ZOOM="9", MAP_MOST_ZOOM="8")
    assert load(data, MAP_TILES=tiles, MAP_ATTRIBUTION="© Somebody").map_tiles == tiles
