"""config.toml -> each unit's frozen Config; says which key is wrong, and what would be right."""

from dnsguard.config.generate import generate
from dnsguard.config.parse import load, missing_files, parse
from dnsguard.config.settings import LogConfig, Settings, needs_restart

__all__ = ["LogConfig", "Settings", "generate", "load", "missing_files", "needs_restart", "parse"]
