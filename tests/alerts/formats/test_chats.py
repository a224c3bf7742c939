"""Slack against its SDK's models, Teams against the schema of Adaptive Cards, Discord against its documented limits."""

import json
from pathlib import Path
from typing import Any

import adaptive_cards
import pytest
from jsonschema import Draft6Validator
from slack_sdk.models.blocks import Block

from dnsguard.alerts.formats import discord, slack, teams
from tests.alerts.formats.samples import SAMPLES

each = pytest.mark.parametrize("name", SAMPLES)

CARDS = Draft6Validator(
    json.loads(Path(adaptive_cards.__file__).with_name("schemas").joinpath(f"schema-{teams.VERSION}.json").read_text())
)


@each
def test_slacks_own_models_take_the_blocks(name: str) -> None:
    message = slack.render(SAMPLES[name])
    for given, block in zip(message["blocks"], Block.parse_all(message["blocks"]), strict=True):
        block.validate_json()
        assert block.type == given["type"]
    assert len(message["text"]) <= 3000
    for text in texts(message["blocks"]):
        assert len(text) <= 3000
    assert all(len(field["text"]) <= 2000 for block in message["blocks"] for field in block.get("fields", []))


@each
def test_a_card_is_valid(name: str) -> None:
    message = teams.render(SAMPLES[name])
    (attachment,) = message["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    # Teams' own extension (its "Format cards": full width), which the common schema does not know
    card = {key: value for key, value in attachment["content"].items() if key != "msteams"}
    faults = [error.message for error in CARDS.iter_errors(card)]
    assert faults == []
    # "Incoming webhooks": 28 KB
    assert len(json.dumps(message)) < 28_000


def test_the_card_schema_would_see_a_fault() -> None:
    card = teams.render(SAMPLES["listed"])["attachments"][0]["content"]
    del card["msteams"]
    assert list(CARDS.iter_errors(card | {"body": [{"type": "TextBlok", "text": "x"}]}))
    assert list(CARDS.iter_errors(card | {"body": [{"type": "TextBlock"}]}))


@each
def test_an_embed_is_within_discords_limits(name: str) -> None:
    message = discord.render(SAMPLES[name])
    (embed,) = message["embeds"]
    assert len(embed["title"]) <= 256
    assert len(embed["description"]) <= 4096
    assert len(embed["fields"]) <= 25
    assert all(0 < len(field["name"]) <= 256 and 0 < len(field["value"]) <= 1024 for field in embed["fields"])
    words = [embed["title"], embed["description"], embed["footer"]["text"]]
    words += [text for field in embed["fields"] for text in (field["name"], field["value"])]
    assert sum(map(len, words)) <= 6000
    assert 0 <= embed["color"] <= 0xFFFFFF
    assert message["allowed_mentions"] == {"parse": []}


def test_attackers_words_mention_nobody_and_link_nowhere() -> None:
    hostile = SAMPLES["hostile"]
    assert not any("<!channel>" in text for text in texts(slack.render(hostile)["blocks"]))
    card = json.dumps(teams.render(hostile)["attachments"][0]["content"]["body"])
    assert "[click](http" not in card
    assert "[click](http" not in json.dumps(discord.render(hostile))


def test_a_person_reads_what_happened_first() -> None:
    sentence = "192.0.2.7 asked for www.listed.example (A)"
    assert slack.render(SAMPLES["listed"])["blocks"][1]["text"]["text"].startswith(sentence)
    assert discord.render(SAMPLES["listed"])["embeds"][0]["title"].startswith(
        "🟠 Medium: Communication with suspicious"
    )
    card = teams.render(SAMPLES["listed"])["attachments"][0]["content"]
    assert card["body"][1]["text"].startswith("192.0.2.7 asked for www.listed.example \\(A\\)")
    assert {"title": "Action", "value": "blocked"} in card["body"][2]["facts"]


def texts(value: Any) -> list[str]:
    """All texts of mrkdwn objects."""
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    if isinstance(value, dict):
        own = [value["text"]] if value.get("type") == "mrkdwn" else []
        return own + [text for item in value.values() for text in texts(item)]
    return []
