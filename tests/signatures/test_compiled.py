import pytest

from dnsguard.errors import ListError
from dnsguard.signatures.compiled import MAGIC, Compiled, compile_rules
from dnsguard.signatures.match import Signatures
from dnsguard.signatures.parse import parse
from tests.rules import rule

ONE = "\n".join(
    [
        rule('dns.query; dotprefix; content:".evil.example"; endswith;', sid=1),
        rule('dns.query; content:"anywhere"; rev:2;', sid=2),
        rule("dns.rrtype:NULL;", sid=3),
        rule('dns.query; pcre:"/^x/";', sid=4),
        rule("flowbits:set,x;", sid=5),
    ]
)
TWO = "\n".join([rule('dns.query; content:"anywhere"; rev:1;', sid=2), rule('content:"ab";', sid=6)])


def test_it_reads_back_what_was_compiled() -> None:
    first, second = parse(ONE.encode()), parse(TWO.encode())
    data, reports = compile_rules([("one", first), ("two", second)])
    compiled = Compiled(data)
    assert compiled.size == 5
    assert [compiled.rule(number) for number in range(4)] == first.rules
    assert [compiled.list_of(number) for number in range(5)] == ["one"] * 4 + ["two"]
    with pytest.raises(IndexError):
        compiled.list_of(5)
    signatures = Signatures(compiled)
    assert signatures.rules("one") == first.rules
    assert signatures.rules("none") == []
    assert [report.rules for report in reports] == [4, 1]


def test_the_report() -> None:
    _, (one, two) = compile_rules([("one", parse(ONE.encode())), ("two", parse(TWO.encode()))])
    assert [(refused.line, refused.sid) for refused in one.refused] == [(5, 5)]
    assert [(refused.line, refused.sid, refused.reason) for refused in two.refused] == [
        (1, 2, "sid: there is revision 2 of it, too")
    ]
    # what is looked at for each message, by its id
    assert one.unfiltered == [3, 4]
    assert two.unfiltered == [6]


def test_the_higher_revision_stays_wherever_it_stands() -> None:
    _, (two, one) = compile_rules([("two", parse(TWO.encode())), ("one", parse(ONE.encode()))])
    assert [(refused.line, refused.reason) for refused in two.refused] == [(1, "sid: there is revision 2 of it, too")]
    assert (two.rules, one.rules) == (1, 4)


def test_the_same_id_of_another_generator_is_another_rule() -> None:
    data, (report,) = compile_rules(
        [("one", parse((rule('content:"abc";') + "\n" + rule('content:"abc"; gid:2;')).encode()))]
    )
    assert report.refused == []
    assert Compiled(data).size == 2


def test_no_rules() -> None:
    compiled = Compiled(compile_rules([])[0])
    assert compiled.size == 0
    assert len(Signatures(compiled)) == 0


@pytest.mark.parametrize("at", [0, 20, 24, 40, 100, -1])
def test_damage_is_seen(at: int) -> None:
    data = bytearray(compile_rules([("one", parse(ONE.encode()))])[0])
    data[at] ^= 0xFF
    with pytest.raises(ListError, match=r"signatures: .*compiled again"):
        Compiled(bytes(data))


def test_what_is_cut_short_or_something_else() -> None:
    data, _ = compile_rules([("one", parse(ONE.encode()))])
    for part in (b"", data[:10], data[:-1], MAGIC, b"x" * 200):
        with pytest.raises(ListError, match="compiled again"):
            Compiled(part)
