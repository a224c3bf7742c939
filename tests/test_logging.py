import io
import json
import logging

import pytest

import dnsguard.logging as log


@pytest.fixture(autouse=True)
def restored():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def logged(style, message, **options):
    extra = options.pop("extra", {})
    stream = io.StringIO()
    log.setup("info", style, stream=stream, **options)
    logging.getLogger("dnsguard.test").info(message, extra=extra)
    logging.getLogger("dnsguard.test").debug("below the level")
    return stream.getvalue()


def test_json_is_an_object_a_line_with_its_parts():
    (line,) = logged("json", "list refused", process="worker 1", extra={"entries": 3, "question": "a\nb"}).splitlines()
    record = json.loads(line)
    assert record["event"] == "list refused"
    assert record["logger"] == "dnsguard.test"
    assert (record["entries"], record["question"], record["process"]) == (3, "a\nb", "worker 1")
    assert record["timestamp"].endswith("Z")


def test_attacker_text_cannot_start_a_line_or_colour_a_terminal():
    text = logged("console", "x", extra={"question": "evil\n2026 [error] \x1b[31mforged"})
    assert text.count("\n") == 1
    assert "\x1b" not in text


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_traceback_shows_no_local_variables(style):
    stream = io.StringIO()
    log.setup("info", style, stream=stream)
    secret = "whsec_" + "c2VjcmV0" * 4

    def use(value):
        raise ValueError("broken")

    try:
        use(secret)
    except ValueError:
        logging.getLogger("dnsguard.test").exception("crashed")
    assert "ValueError: broken" in stream.getvalue()
    assert secret not in stream.getvalue()


def test_clients_are_masked_where_told():
    extra = {"client": "192.0.2.77", "upstream": "198.51.100.1"}
    assert "192.0.2.77" in logged("json", "x", extra=extra)
    masked = logged("json", "x", extra=extra, mask_clients=True)
    assert "192.0.2.77" not in masked
    assert "192.0.2.0/24" in masked
    assert "198.51.100.1" in masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::5", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("no address", "masked"),
    ],
)
def test_masks(address, masked):
    assert log.mask(address) == masked
