"""`dnsguard serve`."""

import typer

from dnsguard.cli.options import ConfigOption
from dnsguard.config import load
from dnsguard.hub import main
from dnsguard.logging import setup

app = typer.Typer(add_completion=False)


@app.command()
def serve(config: ConfigOption = None) -> None:
    """Answer DNS queries until SIGTERM or Ctrl-C; SIGHUP reads the configuration again."""
    settings = load(config)
    setup(settings.log.level, settings.log.format, mask_clients=settings.log.mask_clients, process="hub")
    raise typer.Exit(main.run(config, settings))
