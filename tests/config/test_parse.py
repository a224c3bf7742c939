import re
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.config import generate, load, missing_files, parse
from dnsguard.errors import ConfigError
from dnsguard.intel.starter import starter_lists
from dnsguard.model import Duration, Mode, Severity, Size

BASE = Path("/etc/dnsguard")
SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, BASE)
    return [fault.removeprefix("config.toml:") for fault in caught.value.faults]


def test_what_is_said_holds() -> None:
    settings = parse(
        f"""
        mode = "block"
        workers = "auto"
        state_dir = "state"
        fail = "closed"
        [listen]
        dns = ["0.0.0.0:53", "[::]:53"]
        allow_from = ["192.0.2.0/24"]
        [upstream]
        servers = ["192.0.2.1", "tls://dns.example"]
        [[forward]]
        names = ["Corp.Example."]
        servers = ["192.0.2.53"]
        [local]
        records = ["nas.home.arpa 300 IN A 192.168.1.5"]
        hosts_file = "hosts"
        [cache]
        size = "8MB"
        [block]
        answer = "sinkhole"
        [detect.threat_intel]
        mode = "shadow"
        severity = "high"
        [[lists]]
        name = "ours"
        category = "threat_intel"
        path = "lists/ours.txt"
        [allow]
        names = ["BÜCHER.example"]
        [[groups]]
        name = "kids"
        clients = ["192.0.2.0/25"]
        detect = {{threat_intel = "block"}}
        [alerts]
        repeat_every = "30m"
        [[webhooks]]
        url = "https://alerts.example/"
        secret = "{SECRET}"
        min_severity = "Low"
        [log]
        format = "json"
        """,
        BASE,
    )
    assert (settings.mode, settings.workers, settings.fail) == (Mode.BLOCK, "auto", "closed")
    assert settings.state_dir == BASE / "state"
    assert settings.listen.dns == ("0.0.0.0:53", "[::]:53")
    assert settings.forward[0].names == ("corp.example",)
    assert settings.local.hosts_file == "/etc/dnsguard/hosts"
    assert settings.cache.size == Size(8 << 20)
    assert settings.detect["threat_intel"].mode is Mode.SHADOW
    assert settings.detect["threat_intel"].severity is Severity.HIGH
    assert settings.lists[:-1] == starter_lists()
    assert settings.lists[-1].path == "/etc/dnsguard/lists/ours.txt"
    assert settings.allow.names == ("xn--bcher-kva.example",)
    assert settings.groups[0].detect == {"threat_intel": Mode.BLOCK}
    assert settings.alerts.repeat_every == Duration(1800)
    assert settings.webhooks[0].min_severity is Severity.LOW
    assert settings.log.format == "json"
    assert settings.warnings == ()
    assert parse(settings.text, settings.base) == settings


def test_starter_lists_can_be_left_out() -> None:
    assert parse("", BASE).lists == starter_lists()
    assert parse("starter_lists = false", BASE).lists == ()
    own = '[[lists]]\nname = "starter:threat_intel"\ncategory = "threat_intel"\npath = "x"\n'
    assert [list_.path for list_ in parse(f"starter_lists = false\n{own}", BASE).lists] == ["/etc/dnsguard/x"]
    assert faults(own) == ["2: lists[0].name: is a starter list's name; take another, or set starter_lists = false"]


def test_all_faults_come_at_once_in_the_order_of_the_file() -> None:
    text = '[upstream]\ntimeout = "soon"\n[listen]\ndsn = []\n[detect.threat_intell]\n[[lists]]\ncategory = "x"\n'
    found = faults(text)
    assert [fault.partition(": ")[0] for fault in found] == ["2", "4", "5", "6", "6", "7"]
    assert found[1] == '4: listen.dsn: unknown key; did you mean "dns"?'
    assert found[2] == '5: detect.threat_intell: unknown detector; did you mean "threat_intel"?'
    assert found[3] == "6: lists[0].name: is missing"
    assert found[4] == "6: lists[0].path: is missing; a list needs a path or a url"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("listen.dns = []", '1: listen.dns: must not be empty: no client could ask; write ["127.0.0.1:5335"]'),
        ("listen.allow_from = []", "1: listen.allow_from: must not be empty: everyone would be refused"),
        ("upstream.servers = []", "1: upstream.servers: must not be empty: there is no one to ask"),
        ('[[forward]]\nnames = []\nservers = ["192.0.2.1"]', "2: forward[0].names: must not be empty: names no domain"),
        ('[[groups]]\nname = "a"\nclients = []', "3: groups[0].clients: must not be empty: names no client"),
        ('listen.dns = ["127.0.0.1:53", "127.0.0.1:053"]', "1: listen.dns[1]: repeats listen.dns[0]"),
        ('listen.dns = ["127.0.0.1:53"]\nlisten.web = "127.0.0.1:53"', "2: listen.web: repeats listen.dns[0]"),
        ('listen.web = "[::]:80"', "1: listen.web: can be reached from other machines, and whoever listens on the way"),
        ('console.cert = "c.pem"', "1: console.key: is missing; cert is there"),
        ('console.key = "k.pem"', "1: console.cert: is missing; key is there"),
        ('console.user_header = "X-User"', "1: console.user_header: is anybody's word"),
        (
            'console.user_header = "X User:"\nconsole.proxies = ["::1"]',
            '1: console.user_header: "X User:" is no header\'s',
        ),
        ('console.proxies = ["proxy.example"]', '1: console.proxies[0]: "proxy.example" is no address'),
        (
            'listen.dns = ["nonsense", "127.0.0.1:53", "127.0.0.1:53"]',
            "1: listen.dns[2]: repeats listen.dns[1]",
        ),
        (
            '[[groups]]\nname = "a"\nclients = ["192.0.2.1"]\n[[groups]]\nname = "a"\nclients = ["192.0.2.2"]',
            "5: groups[1].name: repeats groups[0].name",
        ),
        (
            '[[groups]]\nname = "a"\nclients = ["192.0.2.1"]\n[[groups]]\nname = "b"\nclients = ["192.0.2.1"]',
            "6: groups[1].clients[0]: repeats groups[0].clients[0]",
        ),
        (
            '[[suppressions]]\nreason = "x"',
            '1: suppressions[0].type: is missing, and so are clients and zone; to tell nothing at all: mode = "shadow"',
        ),
        (
            '[[suppressions]]\nreason = "x"\nzone = "a.example"\nexpires = "soon"',
            '4: suppressions[0].expires: "soon" is no date; write one like "2030-12-31"',
        ),
        (
            '[[webhooks]]\nurl = "https://a.example"\n[[webhooks]]\nurl = "https://a.example"',
            "4: webhooks[1].url: repeats webhooks[0].url",
        ),
        (
            '[[webhooks]]\nurl = "https://a.example"\nname = "x"\n[[webhooks]]\nurl = "https://b.example"\nname = "x"',
            "6: webhooks[1].name: repeats webhooks[0].name",
        ),
        (
            'forward = [{names = ["a.b"], servers = ["system"]},\n{names = ["A.b."], servers = ["system"]}]',
            "2: forward[1].names[0]: repeats forward[0].names[0]",
        ),
        (
            '[[lists]]\nname = "a"\ncategory = "threat_intel"\nurl = "lists.example"',
            "4: lists[0].url: must be an http:// or https:// URL",
        ),
        (
            '[[lists]]\nname = "a"\ncategory = "threat_intel"',
            "1: lists[0].path: is missing; a list needs a path or a url",
        ),
        (
            '[[lists]]\nname = "a"\ncategory = "threat_intel"\nurl = "https://lists.example"\nrefresh = "10s"',
            '5: lists[0].refresh: "10s" is too little; at least "1m"',
        ),
        (
            '[[lists]]\nname = "a"\ncategory = "threat_intel"\npath = "x"\nurl = "https://lists.example"',
            "5: lists[0].url: stands beside path; leave one out",
        ),
        (
            (
                '[[lists]]\nname = "a"\ncategory = "threat_intel"\nurl = "https://lists.example"\n'
                f'checksum_url = "https://lists.example/sum"\nsha256 = "{"0" * 64}"'
            ),
            "5: lists[0].checksum_url: stands beside sha256; leave one out",
        ),
        (
            f'[[lists]]\nname = "a"\ncategory = "threat_intel"\npath = "x"\nsha256 = "{"0" * 64}"',
            "5: lists[0].sha256: is for what is fetched from a url",
        ),
        (
            (
                '[[lists]]\nname = "a"\ncategory = "threat_intel"\nurl = "https://lists.example"\n'
                '[[lists]]\nname = "b"\ncategory = "dark_web"\nurl = "https://lists.example"\nrefresh = "2h"'
            ),
            "9: lists[1].refresh: differs from lists[0], whose url is the same: it is fetched once for both",
        ),
        (
            '[[lists]]\nname = "a"\ncategory = "threat_intel"\nmin_ratio = 2',
            "1: lists[0]: min_ratio must be from 0 to 1, not 2.0",
        ),
        (
            '[[lists]]\nname = "a"\ncategory = "treat-intel"\npath = "x"',
            '3: lists[0].category: "treat-intel" is no category; did you mean "threat_intel"?',
        ),
        ('cache.failure_ttl = "10m"', '1: cache.failure_ttl: "10m" is too much; at most "5m"'),
        ("workers = 0", "1: workers: 0 is too little; at least 1"),
        ('servers = ["192.0.2.1"]', '1: servers: unknown key; did you mean "servers" in [upstream]?'),
        ("detect = 1", "1: detect: must be a table: one [detect.SLUG] section for each detector"),
        ("detect.threat_intel = 1", "1: detect.threat_intel: must be a table, [detect.threat_intel], not 1"),
        ('mode = "off\n', "1: is not valid TOML, at column 12: Illegal character"),
        ('mode = "off', "1: is not valid TOML: Unterminated string"),
        ("mode = ", "1: is not valid TOML"),
        ("a = 1\na = 2", "2: is not valid TOML"),
        (f"a = {'1' * 5000}", " is not valid TOML"),
        ("a = " + "[" * 100_000, " nests too deeply"),
        (
            'local.records = ["a.example IN CNAME b.example", "a.example IN A 192.0.2.1"]',
            "1: local.records: a.example has a CNAME and other records",
        ),
        ('local.records = ["a.example IN A x"]', "1: local.records[0]: "),
    ],
)
def test_fault(text: str, fault: str) -> None:
    assert any(found.startswith(fault) for found in faults(text)), faults(text)


def test_port_0_is_another_port_each_time() -> None:
    text = 'listen.dns = ["127.0.0.1:0", "127.0.0.1:0"]\nlisten.web = "127.0.0.1:0"'
    assert parse(text, BASE).listen.dns == ("127.0.0.1:0", "127.0.0.1:0")


def test_an_alert_type_whose_detector_is_not_there_yet() -> None:
    from dnsguard.detect.registry import CONFIGS
    from dnsguard.model import ALERT_TYPES

    for slug in ALERT_TYPES.keys() - CONFIGS.keys():
        assert faults(f"[detect.{slug}]")[0].startswith(f"1: detect.{slug}: no such detector in this version")


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (
            '[listen]\ndns = ["0.0.0.0:53"]\nallow_from = ["any"]',
            'config.toml:3: listen.allow_from: "any" makes an open resolver',
        ),
        (
            '[console]\nenabled = false\n[listen]\nweb = "192.0.2.1:80"',
            "config.toml:4: listen.web: can be reached from other machines, and /metrics",
        ),
        ('[[webhooks]]\nurl = "https://a.example"', "config.toml:1: webhooks[0]: has no secret"),
    ],
)
def test_warning(text: str, warning: str) -> None:
    (found,) = parse(text, BASE).warnings
    assert found.startswith(warning)


@pytest.mark.parametrize("text", ['listen.allow_from = ["any"]', 'listen.web = ""', 'listen.web = "[::1]:80"'])
def test_no_warning(text: str) -> None:
    assert parse(text, BASE).warnings == ()


def test_load_names_the_file_and_starts_from_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my.toml").write_text('\ufeff[[lists]]\nname = "a"\ncategory = "threat_intel"\npath = "a.txt"\n', "utf-8")
    settings = load(Path("my.toml"))
    assert settings.lists[-1].path == str(tmp_path / "a.txt")
    assert (settings.base, settings.source) == (tmp_path, "my.toml")
    Path("my.toml").write_text("workers = 0")
    with pytest.raises(ConfigError) as caught:
        load(Path("my.toml"))
    assert caught.value.faults == ["my.toml:1: workers: 0 is too little; at least 1"]


def test_load_without_a_file_gives_the_defaults() -> None:
    assert load(None) == parse("", BASE)


def test_secrets_that_everyone_can_read_are_told_of(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'[[webhooks]]\nurl = "https://a.example"\nsecret = "{SECRET}"\n')
    path.chmod(0o640)
    assert load(path).warnings == ()
    path.chmod(0o644)
    assert [warning.partition(": ")[2] for warning in load(path).warnings] == [
        "holds secrets, and everyone on this machine can read it; chmod o= it"
    ]


def test_files_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "hosts").mkdir()
    (tmp_path / "good.txt").touch()
    text = """
    local.hosts_file = "hosts"
    [[lists]]
    name = "good"
    category = "threat_intel"
    path = "good.txt"
    [[lists]]
    name = "bad"
    category = "threat_intel"
    path = "bad.txt"
    """
    settings = parse(text, tmp_path)
    assert [str(fault) for fault in missing_files(settings)] == [
        f"config.toml:2: local.hosts_file: {tmp_path}/hosts is a folder, not a file",
        f"config.toml:10: lists[1].path: {tmp_path}/bad.txt does not exist",
    ]


VALUES = [
    "0", "-1", "1e999", "nan", "true", '""', '"x"', '"block"', "[]", "[[]]", '[""]', "[1]", "{}", "{a = 1}", "[{}]",
    "1979-05-27", "9" * 30, '"\\u0000"', '"\\u2028"', '"127.0.0.1:0"', '["any"]', '"1h"', '"\U0001f600.example"',
]  # fmt: skip
SETTING = re.compile(r"^#?([a-z_0-9]+) = .*$", re.MULTILINE)


def check_only_config_errors(text: str) -> None:
    told = []
    try:
        parse(text, BASE)
    except ConfigError as error:
        told = error.faults or ["nothing"]
    for fault in told:
        assert len(fault.splitlines()) == 1
        assert fault.startswith("config.toml:")
        assert len(fault) < 1000


@hypothesis.settings(deadline=None)
@given(st.text())
def test_any_text(text: str) -> None:
    check_only_config_errors(text)


@hypothesis.settings(deadline=None)
@given(st.data())
def test_the_whole_file_with_wrong_values(data: st.DataObject) -> None:
    change = st.sampled_from([None, None, None, *VALUES])

    def changed(match: re.Match[str]) -> str:
        value = data.draw(change)
        return match[0] if value is None else f"{match[1]} = {value}"

    text = SETTING.sub(changed, generate()).replace("#[[", "[[")
    check_only_config_errors(text)


PIECES = [
    *re.findall(r"\w+", generate())[:400:7], "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "\n", '"', "'", '"""', "#",
    " = ", "[listen]\n", "[[lists]]\n", "[detect.threat_intel]\n", "\x00", "\r", "é", *VALUES,
]  # fmt: skip


@hypothesis.settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_pieces_of_a_configuration(text: str) -> None:
    check_only_config_errors(text)
