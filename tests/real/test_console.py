"""The console in Chromium, as people meet it: seen, heard, by keyboard, on a phone, in light and dark."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from dnsguard.config import load
from dnsguard.hub.signin.token import Token
from dnsguard.model import Mode
from tests import ask
from tests.behaving import behave, site
from tests.browser import chromium
from tests.lab import Lab, eventually
from tests.needs import need

pytestmark = pytest.mark.real
VIEWS = ["", "alerts", "incidents", "clients", "lists", "detectors", "exceptions", "explain", "log", "config"]


@pytest.fixture(scope="module")
def server():
    need("chromium", "chromedriver")
    with Lab() as lab, site(lab) as running:
        behave(running)
        yield running


@pytest.fixture(scope="module")
def shared(server):
    with chromium(f"http://127.0.0.1:{server.web}/", server.lab.dir / "profile") as window:
        window.sign_in(Token(server.lab.dir / "dnsguard-state").read())
        yield window


@pytest.fixture
def browser(shared):
    shared.emulate()
    yield shared
    assert shared.complaints() == []


def test_a_wrong_token_is_refused_and_the_right_one_taken(server):
    with chromium(f"http://127.0.0.1:{server.web}/", server.lab.dir / "other") as window:
        window.driver.get(window.url)
        window.wait("input[name=token]").send_keys("guess", Keys.ENTER)
        window.says("is not the token")
        assert [line for line in window.complaints() if "403" not in line] == []
        window.one("input[name=token]").send_keys(Token(server.lab.dir / "dnsguard-state").read(), Keys.ENTER)
        window.says("Live alerts")
        # a program on the page can't take the session along
        assert window.run("return document.cookie") == ""
        window.one("header button").click()
        window.wait("input[name=token]")
        window.driver.refresh()
        window.wait("input[name=token]")
        assert window.complaints() == []


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_is_whole_and_accessible(browser, view):
    for size in ({"dark": False}, {"dark": True}, {"width": 390, "height": 844}):
        browser.emulate(**size)
        browser.go(view)
        eventually(lambda: len(browser.text) > 150, "something to read")
        assert browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        assert browser.faults() == []
    assert browser.run("return document.activeElement.tagName") in {"H1", "INPUT"}
    assert browser.all("nav a[aria-current=page]")[0].get_attribute("href").endswith(f"#/{view}")


def test_an_alert_shows_what_lets_one_agree(browser):
    browser.go("alerts?type=phishing_domain")
    browser.wait("tbody a").click()
    browser.says("What to do")
    browser.says("account-support-paypal.com")
    assert browser.faults() == []
    browser.go("alerts?type=domain_generation_algorithm")
    browser.wait("tbody a").click()
    browser.says("Evidence")
    browser.one("details summary").click()
    assert "systemAlertId" in browser.text


def test_a_person_marks_suppresses_and_lets_through(server, browser):
    browser.go("alerts?type=currency_mining")
    browser.wait("tbody a").click()
    browser.says("Was it right?")
    browser.one("input[name=note]").send_keys("our own miner")
    next(each for each in browser.all("button") if each.text == "False alarm").click()
    browser.says("False alarm, says console: our own miner")
    form = browser.one("form:has(select[name=lasts])")
    form.find_element(By.NAME, "reason").send_keys("expected", Keys.ENTER)
    browser.says("Suppressed.")
    assert [one.reason for one in load(server.path).suppressions] == ["expected"]
    form = browser.one("form:has(select[name=seconds])")
    form.find_element(By.NAME, "reason").send_keys("asked by phone", Keys.ENTER)
    browser.says("Let through.")
    browser.go("exceptions")
    browser.says("asked by phone")
    assert browser.faults() == []
    while buttons := [each for each in browser.all("td button") if each.is_displayed()]:
        buttons[0].click()
        eventually(lambda: len(browser.all("td button")) < len(buttons), "it is gone")
    assert load(server.path).suppressions == ()


def test_a_mode_is_switched(server, browser):
    browser.go("detectors", "select[name=dark_web]")
    browser.one("select[name=dark_web] option[value=shadow]").click()
    browser.says("Anonymity network: Shadow. It holds now.")
    assert load(server.path).detect["dark_web"].mode is Mode.SHADOW
    assert browser.run("return document.activeElement.name") == "dark_web"
    browser.one("select[name=dark_web] option[value='']").click()
    browser.says("as set globally. It holds now.")


def test_what_happens_appears_at_once_and_as_text(server, browser):
    browser.go("")
    browser.says("Live")
    ask.ask(server.port, "<img src=x onerror=alert>.supportxmr.com")
    browser.says("<img\\032src=x\\032onerror=alert>.supportxmr.com")
    assert browser.all("main img") == []
    # drawn anew after a few seconds, once for all consoles
    eventually(lambda: browser.all(".plot-box svg[role=img] .bar rect"), "the hour's picture has it")


def test_names_are_explained_and_configurations_checked(browser):
    browser.go("explain")
    browser.one("input[name=name]").send_keys("paypa1-login.example", Keys.ENTER)
    browser.says("Allowed, and told")
    browser.says("paypal.com")
    assert browser.faults() == []
    browser.go("explain?name=http://x/")
    browser.says("is a URL")
    browser.go("config")
    browser.wait("textarea").send_keys('mode = "blok"')
    next(each for each in browser.all("main button") if each.text == "Check").click()
    browser.says('did you mean "block"?')
    assert browser.faults() == []
    assert [line for line in browser.complaints() if "400" not in line] == []


def test_all_can_be_reached_by_keyboard(browser):
    browser.go("config")
    focused = "const one = document.activeElement; return one.textContent || one.tagName"

    def press(*keys):
        ActionChains(browser.driver).send_keys(*keys).perform()
        return browser.run(focused)

    # a view begins with its heading, so that a screen reader tells where one is
    assert browser.run(focused) == "Configuration"
    assert press(Keys.TAB) == "TEXTAREA"
    ActionChains(browser.driver).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
    assert browser.run(focused) == "Configuration"
    assert browser.run("return document.activeElement.tagName") == "A"
    browser.run("document.querySelector('.skip').focus()")
    assert browser.one(".skip").is_displayed()
    press(Keys.ENTER)
    assert browser.run("return document.activeElement.id") == "main"


def test_what_axe_would_find_is_found(browser):
    browser.go("config")
    browser.run("document.querySelector('textarea').closest('label').replaceWith(document.createElement('textarea'))")
    assert any(fault.startswith("label (") for fault in browser.faults())


def test_nothing_is_asked_of_another_host(server, browser):
    browser.go("")
    asked = browser.run("return performance.getEntriesByType('resource').map((one) => new URL(one.name).host)")
    assert set(asked) == {f"127.0.0.1:{server.web}"}
