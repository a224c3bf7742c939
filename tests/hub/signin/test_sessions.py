from dnsguard.hub.signin.sessions import MOST, Sessions


def test_a_session_holds_until_its_end_and_no_longer():
    sessions = Sessions()
    secret = sessions.begin(100.0, "mark")
    assert sessions.find(secret, 99.9, "mark").until == 100.0
    assert sessions.find(secret, 100.0, "mark") is None
    assert sessions.find(secret, 99.9, "mark") is None  # it is gone


def test_another_token_ends_all():
    sessions = Sessions()
    secret = sessions.begin(100.0, "mark")
    assert sessions.find(secret, 0.0, "other") is None
    assert len(sessions) == 0


def test_signing_out_ends_one():
    sessions = Sessions()
    one, two = sessions.begin(100.0, "m"), sessions.begin(100.0, "m")
    sessions.end(one)
    sessions.end("nobody's")
    assert sessions.find(one, 0.0, "m") is None
    assert sessions.find(two, 0.0, "m") is not None


def test_they_are_bounded_and_the_next_to_end_makes_room():
    sessions = Sessions()
    secrets = [sessions.begin(float(number), "m") for number in range(1, MOST + 2)]
    assert len(sessions) == MOST
    assert sessions.find(secrets[0], 0.0, "m") is None
    assert all(sessions.find(secret, 0.0, "m") for secret in secrets[1:])


def test_memory_holds_no_cookie():
    sessions = Sessions()
    secret = sessions.begin(100.0, "m")
    assert secret not in repr(vars(sessions))
