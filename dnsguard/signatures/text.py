"""Prints a rule as Suricata reads it; read again it is the same rule."""

from dnsguard.signatures.numbers import print_number
from dnsguard.signatures.pattern import print_content
from dnsguard.signatures.rule import (
    PAYLOAD,
    Absent,
    Block,
    BufferSize,
    ByteTest,
    Content,
    Entropy,
    IsDataAt,
    Pcre,
    Rule,
    Test,
)
from dnsguard.signatures.values import print_byte_test, print_entropy, print_isdataat, print_threshold


def print_rule(rule: Rule) -> str:
    """One line, one character an octet."""
    options = [f'msg:"{_escaped(rule.msg)}"'] if rule.msg else []
    flow: list[str] = [rule.direction] if rule.direction else []
    if rule.established is not None:
        flow.append("established" if rule.established else "not_established")
    if flow:
        options.append(f"flow:{','.join(flow)}")
    for keyword, numbers in (
        ("dns.opcode", rule.opcode),
        ("dns.rcode", rule.rcode),
        ("dns.rrtype", rule.rrtype),
        ("dsize", rule.dsize),
    ):
        options += [f"{keyword}:{print_number(number)}" for number in numbers]
    for block in rule.blocks:
        options += _block(block)
    if rule.threshold is not None:
        options.append(print_threshold(rule.threshold))
    options += [f"reference:{_bytes(reference)}" for reference in rule.references]
    if rule.classtype:
        options.append(f"classtype:{rule.classtype}")
    if rule.priority:
        options.append(f"priority:{rule.priority}")
    options += [f"sid:{rule.sid}", f"gid:{rule.gid}", f"rev:{rule.rev}"]
    return f"{rule.header} ({'; '.join(options)};)"


def _block(block: Block) -> list[str]:
    options = ["pkt_data" if block.buffer == PAYLOAD else block.buffer, *block.transforms]
    for test in block.tests:
        options += _test(test)
    return options


def _test(test: Test) -> list[str]:
    if isinstance(test, Content):
        options = [f'content:{"!" if test.negated else ""}"{print_content(test.data)}"']
        options += [name for name in ("nocase", "startswith", "endswith") if getattr(test, name)]
        options += [f"{name}:{getattr(test, name)}" for name in ("offset", "depth") if getattr(test, name)]
        options += [
            f"{name}:{getattr(test, name)}" for name in ("distance", "within") if getattr(test, name) is not None
        ]
        return options
    if isinstance(test, Pcre):
        return [f'pcre:{"!" if test.negated else ""}"/{test.pattern}/{test.flags}"']
    if isinstance(test, IsDataAt):
        return [f"isdataat:{print_isdataat(test)}"]
    if isinstance(test, BufferSize):
        return [f"bsize:{print_number(test.size)}"]
    if isinstance(test, Entropy):
        return [f"entropy:{print_entropy(test)}"]
    if isinstance(test, ByteTest):
        return [f"byte_test:{print_byte_test(test)}"]
    assert isinstance(test, Absent)
    return ["absent:or_else" if test.or_else else "absent"]


def _escaped(text: str) -> str:
    for char in '\\;:"':
        text = text.replace(char, "\\" + char)
    return _bytes(text)


def _bytes(text: str) -> str:
    return text.encode("utf-8").decode("latin-1")
