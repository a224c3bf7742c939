"""The command `dnsguard`: exit code 0 is good, 1 means that something is wrong, 2 wrong usage."""

import sys

from dnsguard.cli.app import app
from dnsguard.errors import ConfigError, DnsguardError


def main() -> None:
    """Run the command line; an error that a person can mend is a line on stderr, never a traceback."""
    try:
        app(prog_name="dnsguard")
    except ConfigError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)  # noqa: T201 - a command line's voice
        sys.exit(1)
    except DnsguardError as error:
        print(f"dnsguard: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(1)


if __name__ == "__main__":
    main()
