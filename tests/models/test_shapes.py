import re

from dnsguard.models import shapes

WORDS = [f"word{chr(97 + at % 26)}{chr(97 + at // 26 % 26)}" for at in range(1200)]


def test_the_same_seed_makes_the_same() -> None:
    assert shapes.generators(1, WORDS, 12, 20) == shapes.generators(1, WORDS, 12, 20)
    assert shapes.generators(1, WORDS, 12, 20) != shapes.generators(2, WORDS, 12, 20)


def test_labels_could_be_registered() -> None:
    made = shapes.generators(3, WORDS, 60, 30)
    assert len(made) == 60
    for names in made.values():
        assert names
        for name in names:
            assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", name.label)
            assert name.suffix in shapes.SUFFIXES
