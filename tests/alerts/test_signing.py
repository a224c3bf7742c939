import base64

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from dnsguard.alerts import signing
from dnsguard.tasks import clock

OLD = "whsec_" + base64.b64encode(b"o" * 24).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 64).decode()
BODY = '{"ü": 1}'.encode()


def test_a_receiver_verifies_with_either_secret() -> None:
    headers = signing.headers(signing.signers(f"{OLD}  {NEW}"), "msg_1", clock(), BODY)
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (OLD, NEW):
        assert Webhook(secret).verify(BODY, headers) == {"ü": 1}


def test_another_secret_or_another_body_does_not_verify() -> None:
    headers = signing.headers(signing.signers(OLD), "msg_1", clock(), BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(BODY + b" ", headers)


def test_without_a_secret_it_is_not_signed() -> None:
    assert signing.headers(signing.signers(""), "msg_1", 12.9, BODY) == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "12",
    }


@pytest.mark.parametrize("secret", ["whsec_", "whsec_short", "whsec_" + "A" * 400, "whsec_not base64!", "ÿ"])
def test_a_bad_secret_is_refused_without_showing_it(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes") as caught:
        signing.signers(secret)
    assert "not" not in str(caught.value)


def test_padding_and_prefix_may_be_missing() -> None:
    bare = base64.b64encode(b"x" * 25).decode().rstrip("=")
    headers = signing.headers(signing.signers(bare), "msg_1", clock(), BODY)
    Webhook(base64.b64encode(b"x" * 25).decode()).verify(BODY, headers)
