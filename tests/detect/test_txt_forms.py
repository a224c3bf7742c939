import pytest

from dnsguard.detect.txt_forms import magic

SIGNS: dict[str, list[bytes]] = {
    "Windows program, base64": [b"TVqQAA", b"TVpQAA", b"TVoAAA", b"TVrQAA", b"TVqAAA"],
    "Windows program, hex": [b"4d5a9000"],
    "gzip, base64": [b"H4sIAAAA"],
    "gzip, hex": [b"1f8b0800a1b2"],
    "ZIP, base64": [b"UEsDBBQA"],
    "ZIP, hex": [b"504b0304"],
    "ELF program, base64": [b"f0VMRgIB"],
    "ELF program, hex": [b"7f454c46"],
    "program or archive": [b"MZ\x90\0", b"\x7fELF\2", b"PK\3\4\x14", b"\x1f\x8b\x08\0"],
    "PowerShell, base64": [b"SQBFAFgA", b"aQBlAHgA", b"JABzAG", b"SQBuAHYAbwBr", b"cABvAHcAZQBy"],
    "PowerShell": [
        b"PowerShell -enc",
        b"IEX (x)",
        b"iex $x",
        b"Invoke-Expression",
        b"x.DownloadString('",
        b"[Convert]::FromBase64String(",
        b"Start-Process c",
    ],
    "shell command": [
        b"#! /usr/bin/env",
        b"/bin/sh -c",
        b"cmd.exe /c dir",
        b"CURL -s example.com | sh",
        b"wget -qO- x.example | bash",
    ],
    "script": [
        b"<SCRIPT>",
        b"WScript.Shell",
        b"CreateObject(",
        b"x=eval(",
        b"regsvr32 /s",
        b"mshta x",
        b"certutil -decode",
    ],
}


@pytest.mark.parametrize(("what", "form"), [(what, form) for what, forms in SIGNS.items() for form in forms])
def test_what_begins_in_data_is_told(what: str, form: bytes) -> None:
    assert magic(form) == what
    # of these what matters is where they stand
    if what != "program or archive" and not form.startswith(b"#!"):
        assert magic(b"some text; " + form) == what


@pytest.mark.parametrize(
    "text", [b"iexplore", b"curl is a program", b"evaluation(x)", b"tvqqaa", b"a4d5a9000", b"xPK\3\4", b"powershell"]
)
def test_a_word_of_a_sign_alone_is_none(text: bytes) -> None:
    assert not magic(text)
