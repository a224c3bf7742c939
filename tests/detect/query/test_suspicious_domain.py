"""No socket, no clock: compile rules, build the query by hand, call, compare."""

import json
from pathlib import Path

import pytest

from dnsguard.detect.context import Context
from dnsguard.detect.memory import Memory
from dnsguard.detect.query import suspicious_domain as det
from dnsguard.intel.compile import compile_lists
from dnsguard.intel.config import ListConfig
from dnsguard.intel.snapshot import EMPTY, Snapshot
from dnsguard.intel.starter import starter_lists
from dnsguard.model import Severity
from dnsguard.wire.query import Query
from tests.names import hosts
from tests.rules import rule


@pytest.fixture
def compiled(tmp_path: Path) -> Snapshot:
    (tmp_path / "own.rules").write_text(
        "# own\n"
        + rule(
            'msg:"Evil"; dns.query; dotprefix; content:".evil.example"; nocase; endswith; rev:3; '
            "classtype:domain-c2; reference:url,a.example/x;",
            sid=5,
        )
        + "\n"
        + rule('msg:"Odd"; dns.query; content:"evil"; nocase; classtype:bad-unknown;', sid=6)
        + "\n"
        + rule(
            'msg:"Often"; dns.query; content:"often"; threshold:type limit, track by_src, count 1, seconds 60;', sid=7
        )
    )
    config = ListConfig(name="own", category="suspicious_domain", path="own.rules")
    return Snapshot.open(compile_lists([config], tmp_path, tmp_path / "compiled", now=0.0).path)


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("starter")
    own = [config for config in starter_lists() if config.category == "suspicious_domain"]
    return Snapshot.open(compile_lists(own, folder, folder / "compiled", now=0.0).path)


def test_evidence_names_rule_and_bytes(compiled: Snapshot) -> None:
    finding = det.inspect(Query.of("WWW.Evil.example"), Context(det.Config(), compiled))
    assert finding is not None
    assert finding.evidence == {
        "sid": 5,
        "gid": 1,
        "rev": 3,
        "message": "Evil",
        "classtype": "domain-c2",
        "references": ["url,a.example/x"],
        "matched": [{"buffer": "dns.query; dotprefix", "offset": 4, "length": 13, "bytes": ".Evil.example"}],
        "list": "own",
        "line": 2,
        "also": [6],
    }
    json.dumps(finding.evidence)
    assert (finding.severity, finding.zone, finding.quiet) == (Severity.HIGH, "evil.example", False)


def test_a_class_is_the_severity(compiled: Snapshot) -> None:
    finding = det.inspect(Query.of("notevil.example"), Context(det.Config(), compiled))
    assert finding is not None
    assert (finding.evidence["sid"], finding.severity) == (6, Severity.MEDIUM)


def test_a_limit_is_kept_in_the_memory(compiled: Snapshot) -> None:
    ctx = Context(det.Config(), compiled, Memory())
    quiet = []
    for time in (0.0, 1.0, 59.0, 60.0, 61.0):
        finding = det.inspect(Query.of("often.example", time=time), ctx)
        assert finding is not None
        quiet.append(finding.quiet)
    assert quiet == [False, True, True, False, True]
    # as after a reload: another context, the same memory
    again = det.inspect(Query.of("often.example", time=62.0), Context(det.Config(), compiled, ctx.memory))
    assert again is not None
    assert again.quiet


def test_octets_that_do_not_print_are_shown(compiled: Snapshot) -> None:
    finding = det.inspect(Query.of("\\000\\255evil\\.x.example"), Context(det.Config(), compiled))
    assert finding is not None
    assert finding.evidence["matched"] == [{"buffer": "dns.query", "offset": 2, "length": 4, "bytes": "evil"}]


def test_no_rules_no_findings() -> None:
    assert det.inspect(Query.of("evil.example"), Context(det.Config(), EMPTY)) is None


# names as the tools send them, below a domain for examples: recorded, or made by their sources' rules
TUNNELS = [
    (9000001, "AAAAAH7wQA.=auth.t.example"),
    (9000002, "ondy6K6cAHNzaA.=connect.t.example"),
    (9000003, "AAAAAH7wQA.=resource.t.example"),
    (9000010, "vaaaakaxj2u.t.example"),
    (9000010, "VAAAAKARDLI.t.example"),
    (9000011, "z0piaA-Aaahhh-Drink-mal-ein-J\\228germeister-.t.example"),
    (9000012, "z0pjaA-La-fl\\251te-na\\239ve-fran\\231aise-est-retir\\233-\\224-Cr\\232te.t.example"),
    (9000020, "dnscat.0a1b006c5d0000000021646e73636174.example"),
    (9000021, f"1f2e03a1b200000000{'ab' * 21}.{'cd' * 30}.{'ef' * 20}.t.example"),
    (9000030, "knjuqljsfyyc2t3qmvxfgu2il44s4mtqgeqeizlcnfqw4ljsbufa.55166-0.id-64840.up.sshdns.example"),
    (9000031, "0-55166.id-64840.down.sshdns.example"),
    (
        9000035,
        "dIUEABDEOJFAAAQAGTALAUAAAAMFAAAAC37HAAFQ4F24LPE4EPQPIAEAAH62DEA.AAAEAQQCWZBNOBREGXEG5DNUQMHW2V6E7B.example",
    ),
    (9000040, "init.MRXHG5DBOAXGG33OMYXHI6DUPQYTG.base64.example"),
    (9000041, "H4sICN03*2QAA3Rlc3QudHh0AAvJyCxWAKJEheLU5KLUEoW0zJxULgAge-.4S2FgAAAA==-.test.example"),
    (9000042, "1f8b08000000000002ff4b4c4a4e494d4bcfc8cc02.1.example"),
    (9000050, "post.1a4f.180.0c9d2e1f.5f3c0a72.t.example"),
    (9000051, "cdn.036ba0e2f.16ef9de0.t.example"),
    (9000052, "api.036ba0e2f.16ef9de0.t.example"),
    (9000053, "www6.036ba0e2f.16ef9de0.t.example"),
    (9000054, "aaa.stage.123456.t.example"),
    (9000060, "7sbvaemscs0mc925tb99.appsync-api.us-west-2.evil.example"),
    (9000061, "deftsecurity.avsvmcloud.com"),
    (9000090, "abc.tun.vpnoverdns.com"),
]


@pytest.mark.parametrize(("sid", "name"), TUNNELS, ids=lambda value: str(value)[:30])
def test_starter_rules(starter: Snapshot, sid: int, name: str) -> None:
    finding = det.inspect(Query.of(name, "TXT"), Context(det.Config(), starter))
    assert finding is not None
    assert finding.evidence["sid"] == sid
    assert finding.evidence["references"]


@pytest.mark.parametrize(
    "name",
    [
        "auth.example.com",
        "cdn.example.com",
        "api.deadbeef.example.com",
        "post.example.com",
        "www6.cafe.example.com",
        "abc.stage.example.com",
        "init.base64.example.com",
        "abcdefgh.appsync-api.us-east-1.amazonaws.com",
        "abcdefgh.appsync-api.eu-west-1.amazonaws.com.cn",
        "dnscat.example.com",
        "dnscat2.example.com",
        "vaaaaka.example.com",
        "14-0.19-a3000071.81.1838.1221.2fc9.410.0.5dzhnneh1rsed1z42n7mbe14gj.avqs.mcafee.com",
        "25dsn4gpfhdu7b45ezqoe4fvgybqeaqbaeaq.a.e.e5.sk",
        "zohopublic.eu.dbl.spamhaus.org",
        "0-courier.push.apple.com",
        "b._dns-sd._udp.0.0.168.192.in-addr.arpa",
        "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
        "id-1.up.example.com",
    ],
)
def test_starter_rules_are_silent(starter: Snapshot, name: str) -> None:
    assert det.inspect(Query.of(name, "TXT"), Context(det.Config(), starter)) is None


def test_starter_rules_are_silent_on_host_names(starter: Snapshot) -> None:
    ctx = Context(det.Config(), starter)
    assert not [name for name, _ in zip(hosts(5), range(5000), strict=False) if det.inspect(Query.of(name), ctx)]
