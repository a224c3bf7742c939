from dnsguard.alerts.config import WebhookConfig

URL = "https://user:password@hooks.example:8443/services/T0K3N"


def test_a_name_is_key_and_label() -> None:
    hook = WebhookConfig(url=URL, name="siem")
    assert (hook.key, hook.label) == ("siem", "siem")


def test_without_one_nothing_shows_the_urls_secrets() -> None:
    hook = WebhookConfig(url=URL)
    assert hook.label == "hooks.example:8443"
    assert len(hook.key) == 16
    assert not any(secret in hook.key for secret in ("hooks", "password", "T0K3N"))


def test_keys_differ_with_the_url() -> None:
    assert WebhookConfig(url=URL).key != WebhookConfig(url=URL + "2").key
