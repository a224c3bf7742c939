import stat

from dnsguard.hub.private import listen_private


def test_a_dead_socket_is_replaced_and_nobody_else_may_connect(tmp_path):
    path = tmp_path / "a.sock"
    listen_private(path).close()
    with listen_private(path) as listener:
        assert not listener.getblocking()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_path_of_any_length_serves(tmp_path):
    folder = tmp_path.joinpath(*["x" * 60] * 4)
    folder.mkdir(parents=True)
    with listen_private(folder / "a.sock"):
        assert (folder / "a.sock").is_socket()
