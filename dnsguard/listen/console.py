"""What `[console]` of config.toml can say."""

from dataclasses import dataclass

from dnsguard.model import Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleConfig:
    """The console and the API on `listen.web`. Who opens them signs in: `dnsguard console token` prints the token."""

    enabled: bool = True
    """Serve them; false leaves /metrics, /healthz and /readyz, which ask for no sign-in."""
    cert: str = ""
    """The certificate, and those it was issued by, for https://; PEM. A renewed one is taken at a reload. [path]"""
    key: str = ""
    """The certificate's key. [path]"""
    proxies: tuple[str, ...] = ()
    """The proxy in front of it, which speaks TLS: where `listen.web` can be reached from other machines, and there is
    no `cert`, the console and the API answer these alone. [addresses or CIDRs]"""
    user_header: str = ""
    """Where those proxies say who has signed in at them (OpenID Connect, for example), such as "X-Forwarded-User"; who
    is named there needs no token. The proxy must not let clients set it. Empty: the token is asked for."""
    names: tuple[str, ...] = ()
    """Names it is reached by, besides localhost and addresses, when `listen.web` is on the loopback. [domains]"""
    session: Duration = Duration(12 * 3600)
    """A browser stays signed in so long. [duration]"""
