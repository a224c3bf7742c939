"""The console at many alerts a second: what reached the page, what it says it left out, and its longest task.

    python -m tests.eval.console [ALERTS A SECOND] [SECONDS]

A hub with a worker that finds what it is told to (tests/hub/fake_worker.py), and Chromium at "Now". A second stream in
the same page counts what comes; the long tasks are the browser's own count (Long Tasks API: 50 ms or more on the main
thread). Exit status 1: an event is missing that nobody explained, a task of 100 ms or more, or an error in the console.
"""

import sys
import time

from dnsguard.hub.signin.token import Token
from tests.browser import chromium
from tests.hub.test_main import Served
from tests.lab import Lab, eventually

COUNT = """
window.counted = {alerts: 0, dropped: 0};
const source = new EventSource("/api/v1/events");
source.addEventListener("alert", () => { window.counted.alerts += 1; });
source.addEventListener("dropped", (event) => { window.counted.dropped += JSON.parse(event.data).dropped; });
return new Promise((resolve) => { source.onopen = () => resolve(true); });
"""
LONGEST = 100.0  # [milliseconds]


def main(rate: int, seconds: int) -> int:
    with Lab() as lab:
        hub = Served(lab)
        with chromium(f"http://127.0.0.1:{hub.web}/", lab.dir / "profile") as browser:
            browser.emulate()
            browser.sign_in(Token(lab.dir / "state").read())
            browser.says("Live")
            browser.run(COUNT)
            browser.run("window.longTasks.length = 0")
            sent, late, began = 0, 0.0, time.monotonic()
            while time.monotonic() - began < seconds:
                due = began + sent / rate
                if (wait := due - time.monotonic()) > 0:
                    time.sleep(wait)
                else:
                    late = max(late, -wait)
                hub.send(f"block n{sent}.example", client=f"127.0.{sent % 200}.{sent % 250 + 1}")
                sent += 1
            took = time.monotonic() - began
            counted = lambda: browser.run("return window.counted")  # noqa: E731
            eventually(lambda: sum(counted().values()) >= sent, "all told or explained", 30)
            told, tasks = counted(), browser.run("return window.longTasks")
            rows, notices = (
                len(browser.all(".feed tbody tr")),
                [each.text for each in browser.all(".feed ~ .notice, .notice")],
            )
            complaints = browser.complaints()
        missing = sent - told["alerts"] - told["dropped"]
        longest = max(tasks, default=0.0)
        print(f"alerts sent          {sent} in {took:.1f} s ({sent / took:.0f}/s, at most {late * 1000:.0f} ms late)")
        print(f"reached the page     {told['alerts']}, said to be left out {told['dropped']}, unexplained {missing}")
        print(f"rows shown           {rows}; notices: {notices}")
        print(f"main-thread tasks    {len(tasks)} of 50 ms or more, the longest {longest:.0f} ms")
        print(f"console errors       {complaints}")
        return int(bool(missing) or longest >= LONGEST or bool(complaints))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100, int(sys.argv[2]) if len(sys.argv) > 2 else 60))
