"""What the guides have others read: their own programs take it, and it fits together."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from dnsguard.config import parse
from tests.docs.test_site import FENCE, PAGES, fences
from tests.needs import PATH, need

NETWORK = PAGES["network.md"]


def run(*command: object) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, check=False, env={"PATH": PATH})


def manifests() -> list[Any]:
    return [one for kind, body in FENCE.findall(NETWORK) if kind == "yaml" for one in yaml.safe_load_all(body)]


def options() -> list[str]:
    """dnsmasq's options that stand within a line."""
    return re.findall(r"`((?:port|dhcp-option)=[^`]+|enable-ra)`", NETWORK)


@pytest.mark.parametrize("text", [*fences("dnsmasq"), pytest.param("\n".join(options()), id="network.md")])
def test_dnsmasq_takes_it(text: str, tmp_path: Path) -> None:
    need("dnsmasq")
    conf = tmp_path / "dnsmasq.conf"
    conf.write_text(text + "\n")
    done = run("dnsmasq", "--test", "-C", conf)
    assert done.returncode == 0, done.stderr


def test_options_within_a_line_are_found() -> None:
    assert len(options()) > 3


@pytest.mark.parametrize("text", fences("unbound"))
def test_unbound_takes_it(text: str, tmp_path: Path) -> None:
    need("unbound-checkconf")
    conf = tmp_path / "unbound.conf"
    conf.write_text(f'{text}server:\n chroot: ""\n directory: "{tmp_path}"\n')
    done = run("unbound-checkconf", conf)
    assert done.returncode == 0, done.stderr


def test_the_manifests_fit_together() -> None:
    config_map, daemons, service, pod = manifests()
    template = daemons["spec"]["template"]
    assert template["metadata"]["labels"] == daemons["spec"]["selector"]["matchLabels"] == service["spec"]["selector"]
    (container,) = template["spec"]["containers"]
    ports = {port["name"]: port for port in container["ports"]}

    settings = parse(config_map["data"]["config.toml"], Path("/"))
    assert {ports[name]["containerPort"] for name in ("dns", "dns-tcp")} == {
        int(text.rpartition(":")[2]) for text in settings.listen.dns
    }
    assert str(ports["web"]["containerPort"]) == settings.listen.web.rpartition(":")[2]
    assert [probe["httpGet"]["path"] for probe in (container["livenessProbe"], container["readinessProbe"])] == [
        "/healthz",
        "/readyz",
    ]

    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts["state"] == str(settings.state_dir)
    assert mounts.keys() == {volume["name"] for volume in template["spec"]["volumes"]}
    assert config_map["metadata"]["name"] in [
        volume.get("configMap", {}).get("name") for volume in template["spec"]["volumes"]
    ]

    for port in service["spec"]["ports"]:
        assert port["port"] == 53
        assert ports[port["targetPort"]]["protocol"] == port["protocol"]
    assert {port["protocol"] for port in service["spec"]["ports"]} == {"UDP", "TCP"}
    assert pod["dnsConfig"]["nameservers"] == [service["spec"]["clusterIP"]]
    assert pod["dnsPolicy"] == "None"
