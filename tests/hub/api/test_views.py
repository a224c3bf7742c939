"""What is only looked at: status, the last hour, lists, explain, configuration."""

from tests.lab import eventually


def test_status_sums_up(hub, api):
    asked = api.get("/status")["queries"]
    hub.ask()
    said = eventually(lambda: (s := api.get("/status"))["queries"] > asked and s, "one query more")
    assert said["serving"] is True
    assert said["troubles"] == []
    assert said["report"]["workers"][0]["ready"] is True


def test_the_last_hour_has_the_minute_that_runs(hub, api):
    hub.ask()
    minutes = eventually(lambda: sum(m["queries"] for m in api.get("/hour")["minutes"]) and api.get("/hour"), "counted")
    assert minutes["now"] - minutes["minutes"][-1]["start"] < 70


def test_lists_say_how_they_do(api):
    assert api.get("/lists") == {"lists": [], "error": "", "feeds_error": "", "compiling": None}
    assert api.call("POST", "/lists/update", {})[2]["done"] is True


def test_a_name_is_explained(api):
    said = api.get("/explain?name=B%C3%BCcher.example&type=TXT&client=192.0.2.9")
    assert (said["name"], said["unicode"], said["verdict"]) == ("xn--bcher-kva.example", "bücher.example", "allow")
    assert (said["qtype"], said["client"]) == ("TXT", "192.0.2.9")
    assert {"threat_intel", "phishing_domain"} <= {word["detector"] for word in said["words"]}
    assert not any(word["found"] for word in said["words"])
    said = api.get("/explain?name=wannacry.onion")
    assert [word["detector"] for word in said["words"] if word["found"]] == ["dark_web"]
    assert any("[detect.dark_web]" in note for note in said["notes"])


def test_the_configuration_is_shown_without_its_secrets(hub, api):
    said = api.get("/config")
    assert said["path"] == str(hub.path)
    assert said["settings"]["starter_lists"] is False


def test_a_configuration_is_checked_and_nothing_changed(hub, api):
    number = api.get("/config")["number"]
    check = lambda text: api.call("POST", "/config/check", {"text": text})[2]  # noqa: E731
    said = check(hub.path.read_text().replace("workers = 1", "workers = 2"))
    assert (said["ok"], said["needs_restart"]) == (True, ["workers"])
    said = check('mode = "blok"\n\n[lisen]\n[[lists]]\nname = "x"\ncategory = "dark_web"\n')
    assert said["ok"] is False
    assert [(fault["line"], fault["key"]) for fault in said["faults"]] == [
        (1, "mode"),
        (3, "lisen"),
        (4, "lists[0].path"),
    ]
    assert check("mode = [")["faults"][0]["line"] == 1
    assert api.get("/config")["number"] == number


def test_an_hour_is_drawn_however_little_of_it_was_seen(hub, api):
    hub.ask()
    eventually(lambda: sum(m["queries"] for m in api.get("/hour")["minutes"]), "counted")
    status, headers, picture = api.call("GET", "/hour.svg?of=queries&offset=330&width=500")
    assert (status, headers["content-type"].split(";")[0]) == (200, "image/svg+xml")
    assert "in all" in picture
    assert picture.count('class="guides"') >= 7
    assert api.call("GET", "/hour.svg?of=findings")[0] == 200
    assert api.call("GET", "/hour.svg?width=9")[0] == 400
