"""Chromium for tests: headless, a profile of its own, every console message and every blocked request kept."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_core_python
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.lab import eventually
from tests.needs import need

AXE = Path(os.environ.get("AXE") or Path(axe_core_python.__file__).parent / "axe.min.js")
"""axe-core; AXE names another version's axe.min.js."""
LONG_TASKS = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longTasks.push(entry.duration);
}).observe({type: "longtask", buffered: true});
"""


class Browser:
    """One window at a console."""

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self.driver, self.url = driver, url

    def sign_in(self, token: str) -> None:
        """Open the console, and sign in as a person does."""
        self.driver.get(self.url)
        field = self.wait("input[name=token]")
        field.send_keys(token)
        self.one("button[type=submit]").click()
        self.wait("nav")

    def go(self, view: str, ready: str = "main h1") -> None:
        """Show a view, and wait until it has what is looked for."""
        self.run("location.hash = '#/nowhere'")
        self.says("There is no such page.")
        self.run("location.hash = arguments[0]", f"#/{view}")
        eventually(lambda: "There is no such page." not in self.text, f"{view} is begun")
        self.wait(ready)
        eventually(lambda: "Loading …" not in self.text, f"{view} is there")

    @property
    def text(self) -> str:
        return str(self.driver.find_element(By.TAG_NAME, "body").text)

    def one(self, css: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def all(self, css: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def wait(self, css: str) -> WebElement:
        """The first element that a selector finds, when there is one."""
        return eventually(lambda: self.all(css), f"an element {css}")[0]

    def says(self, text: str) -> None:
        """Wait for a text."""
        eventually(lambda: text in self.text, f"{text!r} on the page")

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def emulate(self, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """A window of this size, and the person's colour scheme."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
        )
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})

    def picture(self, path: Path) -> None:
        self.driver.save_screenshot(str(path))

    def faults(self) -> list[str]:
        """What axe-core finds, serious or critical: the rule, and where it is broken."""
        found = self.driver.execute_async_script(
            AXE.read_text("utf-8") + "; const done = arguments[arguments.length - 1];"
            "axe.run(document, {resultTypes: ['violations']}).then((said) => done(said.violations));"
        )
        return [
            f"{one['id']} ({one['impact']}): {one['help']}: {[node['html'][:120] for node in one['nodes'][:3]]}"
            for one in found
            if one["impact"] in {"serious", "critical"}
        ]

    def complaints(self) -> list[str]:
        """What the browser's own console says since the last time: errors, and what the policy blocked."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in {"SEVERE", "WARNING"}]


@contextlib.contextmanager
def chromium(url: str, profile: Path) -> Iterator[Browser]:
    """A browser that ends with the test; skip (CI: fail) where there is none."""
    need("chromium", "chromedriver")
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for argument in (
        "--headless=new",
        f"--user-data-dir={profile}",
        "--no-first-run",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--force-prefers-reduced-motion",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        driver.set_page_load_timeout(60)
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": LONG_TASKS})
        yield Browser(driver, url)
    finally:
        driver.quit()
