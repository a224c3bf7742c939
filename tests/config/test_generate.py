import dataclasses
import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from dnsguard.config import Settings, generate, parse
from dnsguard.config.convert import keys
from dnsguard.config.docs import field_docs
from dnsguard.config.generate import EXAMPLES
from dnsguard.config.public_feeds import PUBLIC_FEEDS
from dnsguard.config.rules import CHECKS
from dnsguard.detect.registry import CONFIGS
from dnsguard.model import ALERT_TYPES, Duration, Size

ROOT = Path(__file__).parent.parent.parent
KINDS = [Settings, *EXAMPLES, *CONFIGS.values()] + [
    type(getattr(Settings(), field.name))
    for field in keys(Settings)
    if dataclasses.is_dataclass(getattr(Settings(), field.name))
]
SETTING = re.compile(r"#(?=[a-z\[])")


def is_section(name: str) -> bool:
    hint = get_type_hints(Settings)[name]
    return any(dataclasses.is_dataclass(part) for part in (hint, *get_args(hint)))


def test_the_file_in_the_root_is_this() -> None:
    assert (ROOT / "config.toml").read_text() == generate(), "run: dnsguard check --default > config.toml"


def test_it_reads_as_the_defaults() -> None:
    assert parse(generate(), Path("/")) == parse("", Path("/")) == Settings()


def test_every_commented_line_reads_when_its_mark_is_taken_away() -> None:
    text = "".join(SETTING.sub("", line) for line in generate().splitlines(keepends=True))
    settings = parse(text, Path("/base"))
    assert settings.state_dir == Path("/var/lib/dnsguard")
    own, fetched, *public = [list_ for list_ in settings.lists if not list_.name.startswith("starter:")]
    assert (own.path, own.url) == ("/base/blocked.txt", "")
    assert fetched.url == "https://lists.example/malware.txt"
    assert fetched.path.startswith("/var/lib/dnsguard/feeds/")
    assert [dataclasses.replace(list_, path="") for list_ in public] == [feed.config for feed in PUBLIC_FEEDS]
    assert [len(part) for part in (settings.forward, settings.groups)] == [1, 1]
    assert [type(target).__name__ for target in settings.targets] == [
        "WebhookConfig",
        "SyslogConfig",
        "FileConfig",
        "AppriseConfig",
    ]
    for slug in CONFIGS:
        assert settings.detect[slug].mode == "block"


def test_no_comment_is_taken_for_a_setting() -> None:
    for line in generate().splitlines():
        assert not line or not line.startswith("#") or line.startswith("# ") or SETTING.match(line)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_key_is_there_with_its_docstring(kind: type) -> None:
    text = generate()
    docs = field_docs(kind)
    for field in keys(kind):
        if kind is Settings and is_section(field.name):
            assert re.search(rf"^#?\[+{field.name}[].]", text, re.MULTILINE)
        else:
            assert docs[field.name]
            assert re.search(rf"^#?{field.name} = ", text, re.MULTILINE)


def test_every_alert_type_with_a_detector_has_a_section() -> None:
    for slug in CONFIGS:
        assert f"\n[detect.{slug}]\n" in generate()
        assert ALERT_TYPES[slug].title in " ".join(generate().replace("\n# ", " ").split())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_number_and_name_has_a_check(kind: type) -> None:
    if kind in CONFIGS.values():
        return  # a detector's own Config checks itself
    for name in (field.name for field in keys(kind)):
        hint = get_type_hints(kind)[name]
        inner = {hint, *get_args(hint)} & {int, str, Path, Duration, Size}
        if (kind, name) == (Settings, "detect"):
            continue  # its keys are told as unknown sections
        assert not inner or (kind, name) in CHECKS, f"{kind.__module__}: {name}"
