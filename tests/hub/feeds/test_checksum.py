import pytest

from dnsguard.hub.feeds.checksum import find

A, B = "a" * 64, "B" * 64


@pytest.mark.parametrize(
    "text",
    [
        f"{A}  list.txt\n",
        f"{A} *list.txt\n",
        f"{A}\n",
        A.upper(),
        f"SHA256 (list.txt) = {A}\n",
        f"SHA2-256(list.txt)= {A}\n",
        f"{B}  other.txt\n{A}  ./out/list.txt\n",
        f"{A}  list.txt\n{A}  list.txt\n",
        f"# made today\n{A}  something-else.txt\n",
    ],
)
def test_a_digest_is_found_however_it_is_written(text: str) -> None:
    assert find(text, "list.txt") == A


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no SHA-256"),
        ("d41d8cd98f00b204e9800998ecf8427e  list.txt\n", "no SHA-256"),
        ("a" * 65, "no SHA-256"),
        (f"{A}  one.txt\n{B}  two.txt\n", "has 2 SHA-256"),
        (f"{A}  list.txt.gz\n{B}  list.txt.xz\n", "has 2 SHA-256"),
        (f"{A}  list.txt\n{B}  list.txt\n", "has 2 SHA-256"),
    ],
)
def test_no_digest_is_guessed(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        find(text, "list.txt")
