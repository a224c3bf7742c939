import base64
import random

from dnsguard.detect import tunnel, tunnel_answer
from dnsguard.detect.context import Context
from dnsguard.detect.memory import Memory
from dnsguard.detect.response import data_obfuscation as det
from dnsguard.intel.snapshot import EMPTY
from dnsguard.model import Finding
from tests import judged


def run(texts: list[str]) -> Finding | None:
    context = Context(det.Config(), EMPTY, Memory())
    found = None
    for i, text in enumerate(texts):
        name = f"part-{i}.s.example"
        subject = judged.response(name, f'{name}. 60 IN TXT "{text}"', time=1_700_000_000.0 + i)
        tunnel.count(subject.query, context)
        cued = tunnel_answer.EncodedAnswer(context).wakes(subject)
        finding = det.inspect(subject, context)
        assert cued or finding is None
        found = found or finding
    return found


def test_encoded_answers_are_recognised() -> None:
    dice = random.Random(4)
    finding = run([dice.randbytes(40).hex() for _ in range(12)])
    assert finding is not None
    assert finding.evidence["encoding"] == "hex"
    finding = run([base64.b64encode(dice.randbytes(60)).decode() for _ in range(12)])
    assert finding is not None
    assert finding.evidence["encoding"] == "base64"


def test_policies_and_prose_are_no_code() -> None:
    assert run([f"v=spf1 ip4:203.0.113.{i} include:_spf{i}.shop.example -all" for i in range(20)]) is None
    assert run([f"please write to postmaster number {i} of the shop about this" for i in range(20)]) is None
