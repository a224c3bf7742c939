"""The command `dnsguard`: exit code 0 is good, 1 means that something is wrong, 2 wrong usage."""

import os
import sys

from dnsguard.cli.app import app
from dnsguard.errors import ConfigError, DnsguardError


def main() -> None:
    """Run the command line; an error that a person can mend is a line on stderr, never a traceback."""
    try:
        try:
            app(prog_name="dnsguard")
        finally:
            # a full disk shows here, while it can still be told
            sys.stdout.flush()
    except ConfigError as error:
        _fail(*error.faults)
    except BrokenPipeError:
        # the reader, such as `head`, has enough; what is still buffered goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (DnsguardError, OSError) as error:
        _fail(f"dnsguard: {error}")


def _fail(*lines: str) -> None:
    for line in lines:
        print(" ".join(line.split()), file=sys.stderr)  # noqa: T201 - a command line's voice
    sys.exit(1)


if __name__ == "__main__":
    main()
