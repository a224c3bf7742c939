import os

from dnsguard.hub.reload import Files


def test_a_change_is_told_once_and_only_when_the_file_stands_still(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("a\n")
    files = Files()
    files.watch([path])
    assert files.changed() == set()
    path.write_text("a\nb\n")
    assert files.changed() == set()  # perhaps still being written
    path.write_text("a\nb\nc\n")
    assert files.changed() == set()
    assert files.changed() == {path}
    assert files.changed() == set()


def test_an_editors_rename_is_a_change_even_with_equal_size_and_time(tmp_path):
    path, new = tmp_path / "config.toml", tmp_path / "config.toml~"
    path.write_text("a")
    files = Files()
    files.watch([path])
    new.write_text("b")
    os.utime(new, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    new.replace(path)
    files.changed()
    assert files.changed() == {path}


def test_a_config_maps_swapped_link_is_a_change(tmp_path):
    # Kubernetes: config.toml -> ..data/config.toml, ..data -> ..2026_1, swapped by a rename
    for number in (1, 2):
        (tmp_path / f"..{number}").mkdir()
        (tmp_path / f"..{number}" / "config.toml").write_text("same")
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "config.toml").symlink_to("..data/config.toml")
    files = Files()
    files.watch([tmp_path / "config.toml"])
    (tmp_path / "..new").symlink_to("..2")
    (tmp_path / "..new").replace(tmp_path / "..data")
    files.changed()
    assert files.changed() == {tmp_path / "config.toml"}


def test_a_file_that_goes_and_comes_is_a_change(tmp_path):
    path = tmp_path / "list.txt"
    files = Files()
    files.watch([path])
    path.write_text("a")
    files.changed()
    assert files.changed() == {path}
    path.unlink()
    files.changed()
    assert files.changed() == {path}
