"""A full disk stops no answer and loses no alert."""

from tests import ask
from tests.lab import Lab, eventually, listing, small_disk, webhook

NAMES = [f"bad{i}.com" for i in range(300)]


def test_full_disk(lab: Lab, nsd: int) -> None:
    receiver = lab.receiver()
    with small_disk(lab, "8m") as disk:
        guard = lab.dnsguard(
            nsd, state_dir=str(disk / "state"), lists=[listing(lab, *NAMES)], webhooks=[webhook(receiver)]
        )
        guard.ask(NAMES[0])
        eventually(lambda: receiver.alerts, "an alert while there is room")
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass  # full
        for name in NAMES[1:]:
            assert ask.rcode(guard.ask(name)) == "NXDOMAIN"
            assert ask.rcode(guard.ask(f"good-{name}")) == "NOERROR"
        assert guard.process.alive
        filler.unlink()
        eventually(lambda: len(receiver.alerts) == len(NAMES), "every alert, once there is room again", 60)
        guard.process.stop()
