from dnsguard.detect.memory import Memory


class Counts(dict[str, int]):
    pass


def test_one_of_each_kind() -> None:
    memory = Memory()
    memory.of(Counts)["x"] = 1
    assert memory.of(Counts) == {"x": 1}
    assert memory.of(dict) == {}


def test_an_empty_one_is_kept() -> None:
    memory = Memory()
    assert memory.of(Counts) is memory.of(Counts)


def test_memories_share_nothing() -> None:
    assert Memory().of(Counts) is not Memory().of(Counts)
