"""Signatures of Standard Webhooks (v1, HMAC-SHA256), with several secrets while one replaces another."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from standardwebhooks import Webhook

PREFIX: Final = "whsec_"
MIN_BYTES: Final = 24
MAX_BYTES: Final = 64
"""Standard Webhooks, "Signature scheme": "between 24 bytes (192 bits) and 64 bytes (512 bits)"."""


def signers(secret: str) -> tuple[Webhook, ...]:
    """Read `secret` of a webhook: none, one, or several with spaces between; ValueError says what would be right."""
    return tuple(Webhook(_key(part)) for part in secret.split())


def headers(signing: Sequence[Webhook], message_id: str, now: float, body: bytes) -> dict[str, str]:
    """Make the headers of one attempt at `now` [Unix seconds]; without a signer it is not signed."""
    found = {"webhook-id": message_id, "webhook-timestamp": str(int(now))}
    if signing:
        moment = datetime.fromtimestamp(int(now), UTC)
        text = body.decode()
        found["webhook-signature"] = " ".join(one.sign(message_id, moment, text) for one in signing)
    return found


def _key(part: str) -> bytes:
    encoded = part.removeprefix(PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        key = b""
    if not MIN_BYTES <= len(key) <= MAX_BYTES:
        raise ValueError(
            f'must be "{PREFIX}" and base64 of {MIN_BYTES} to {MAX_BYTES} bytes; '
            f"make one with: echo {PREFIX}$(openssl rand -base64 32)"
        )
    return key
