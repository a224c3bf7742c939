"""What is asked: nothing twice where each name is asked once, and all of it questions."""

import random

import dns.message

from tests.bench.workloads import Questions, varied


def test_no_name_is_asked_twice(tmp_path) -> None:
    questions = Questions(tmp_path, ["listed.example"] * 1000)
    asked = [line for _ in range(3) for line in questions.file("unique", 0.05).read_text().splitlines()]
    asked += questions.fresh(100).read_text().splitlines()
    assert len(asked) == len(set(asked)) == 12_100


def test_what_varies_is_the_same_question() -> None:
    rng = random.Random(1)
    packets = [varied("www.example.com", rng) for _ in range(200)]
    messages = [dns.message.from_wire(packet) for packet in packets]
    assert {str(message.question[0]).lower() for message in messages} == {"www.example.com. in a"}
    assert len({str(message.question[0]) for message in messages}) > 100
    assert {message.edns for message in messages} == {-1, 0}
    assert {int(option.otype) for message in messages for option in message.options} == {10, 12}
