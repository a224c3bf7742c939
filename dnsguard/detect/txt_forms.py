"""What honest TXT records look like, and what a program or an archive in one does.

Forms after Portier et al., "Security in Plain TXT" (DIMVA 2019), who explain more than 99.5 % of TXT records by rules.
"""

import re
from typing import Final

_VALUE: Final = rb"[\x21-\x7e]{4,160}"
HONEST: Final = re.compile(
    rb"(?i:"
    # policies and keys that name their version: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489) and their kin
    rb"v ?= ?(?:spf1|spf2\.0|dmarc1|dkim1|stsv1|tlsrptv1|bimi1|msv1|mcpv1|ndsv1|adsp)\b"
    rb"|spf2\.0/"
    rb"|(?:k|g|h|t|n|s|o)=[a-z0-9:*~-]{0,32}; ?(?:[a-z]=[^;]{0,64}; ?){0,4}p="
    rb"|p=[a-z0-9+/= ]{100,}$"
    # tokens by which an owner shows that a domain is theirs
    rb"|[a-z0-9._-]{2,64}(?:verification|verify|validation|challenge|ownership|confirm(?:ation)?|site-id|domain-key)"
    rb"[a-z0-9._-]{0,32} ?[=:] ?" + _VALUE + rb"$"
    rb"|(?:ms=ms|ms=|docusign=|adobe-sign-|amazonses:|pardot\d*=|_globalsign-|dnslink=|zoom_verify_|loaderio=|d365mktkey=|"
    rb"openai-|mixpanel-|onetrust-|bw=|h1-|twilio-|sending_domain\d*=|brevo-code:|sendinblue-code:|mandrill_verify\.|"
    rb"fastly-|heroku-|github-|gitlab-|miro-|notion-|slack-|webex|workplace-|intersight=|ca3-|_[a-z0-9-]{2,32}[=.])"
    + _VALUE
    + rb"$"
    # ASN and geography look-ups: 23028 | 216.90.108.0/24 | US | arin | 1998-09-25
    rb"|[0-9a-z ./:_-]{0,64}(?: ?\| ?[^|]{0,64}){2,6}$"
    # reasons that lists of addresses give, with where to ask
    rb"|[^\x00-\x1f\x7f-\xff]{0,120}https?://[a-z0-9./?&=%:#_-]{4,160}[^\x00-\x1f]{0,32}$"
    # service parameters (RFC 6763): txtvers=1, path=/x
    rb"|[a-z][a-z0-9_-]{0,9}=[ -~]{0,32}$"
    # DNS-based versions of signatures and software: 0.103.8:62:27031:1700000000:1:90:49192:334
    rb"|[0-9.]{1,12}(?::[0-9]{1,12}){2,9}$"
    rb"|\"?[0-9.:a-f]{1,45}\"?$"
    rb")"
)
ACME: Final = re.compile(rb"[A-Za-z0-9_-]{43}$")
"""RFC 8555 section 8.4: the digest of a key authorisation, at `_acme-challenge`."""

_SIGNS: Final = (
    (
        "Windows program, base64",
        "tvqqaa tvpqaa tvoaaa tvrqaa tvqaaa",
        rb"(?:^|[^A-Za-z0-9+/])(?:TVqQAA|TVpQAA|TVoAAA|TVrQAA|TVqAAA)",
    ),
    ("Windows program, hex", "4d5a", rb"(?i:^|[^0-9a-f])4d5a[0-9a-f]{2}00"),
    ("gzip, base64", "h4sia", rb"(?:^|[^A-Za-z0-9+/])H4sIA"),
    ("gzip, hex", "1f8b08", rb"(?i:^|[^0-9a-f])1f8b08[0-9a-f]{6}"),
    ("ZIP, base64", "uesdb", rb"(?:^|[^A-Za-z0-9+/])UEsDB"),
    ("ZIP, hex", "504b0304", rb"(?i:^|[^0-9a-f])504b0304"),
    ("ELF program, base64", "f0vmr", rb"(?:^|[^A-Za-z0-9+/])f0VMR"),
    ("ELF program, hex", "7f454c46", rb"(?i:^|[^0-9a-f])7f454c46"),
    (
        "program or archive",
        "mz \x7felf pk\x03\x04 \x1f\x8b\x08",
        rb"^(?:MZ[\x00-\xff]\x00|\x7fELF|PK\x03\x04|\x1f\x8b\x08)",
    ),
    (
        "PowerShell, base64",
        "sqbfafga aqblahga jab sqbuahyabwbr cabvahcazqby",
        rb"(?:^|[^A-Za-z0-9+/])(?:SQBFAFgA|aQBlAHgA|JAB[A-Za-z0-9+/]AG|SQBuAHYAbwBr|cABvAHcAZQBy)",
    ),
    (
        "PowerShell",
        "powershell iex invoke-expression downloadstring( frombase64string( start-process",
        rb"(?i:powershell(?:\.exe)?\s+-|\bIEX\s*[($]|invoke-expression|downloadstring\(|frombase64string\(|start-process\s)",
    ),
    (
        "shell command",
        "#! cmd curl wget /bin/",
        rb"(?i:^#!\s*/|\bcmd(?:\.exe)?\s+/c\s|(?:curl|wget)\s[^|]{4,200}\|\s*(?:ba|z|da)?sh\b|/bin/(?:ba)?sh\s+-)",
    ),
    (
        "script",
        "<script wscript.shell createobject( eval( regsvr32 mshta certutil",
        rb"(?i:<script[ >]|wscript\.shell|createobject\(|\beval\(|regsvr32\s|mshta\s|certutil\s+-)",
    ),
)
"""What it is, words in lower case of which any match has one, and the form: words are found twenty times as fast."""
_MAGIC: Final = tuple((what, words.split(" "), re.compile(form)) for what, words, form in _SIGNS)


_PACKED: Final = (
    # lower case, as names are; only names that carry much are looked at, so that few of them begin so by chance
    ("gzip, base64", re.compile(r"(?:^|\.)[0-9]{0,4}[.-]?h4si[a-p]")),
    ("gzip, hex", re.compile(r"(?:^|\.)[0-9]{0,4}[.-]?1f8b08[0-9a-f]{16}")),
    ("gzip, base32", re.compile(r"(?:^|\.)[0-9]{0,4}[.-]?d6fqq[a-z2-7]{16}")),
    ("ZIP, base64", re.compile(r"(?:^|\.)[0-9]{0,4}[.-]?uesdb")),
    ("ZIP, hex", re.compile(r"(?:^|\.)[0-9]{0,4}[.-]?504b0304[0-9a-f]{16}")),
    ("ZIP, base32", re.compile(r"(?:^|\.)[0-9]{0,4}[.-]?kbfqgb[a-z2-7]{16}")),
    ("7z, hex", re.compile(r"(?:^|\.)[0-9]{0,4}[.-]?377abcaf271c")),
    ("Windows program, base64", re.compile(r"(?:^|\.)[0-9]{0,4}[.-]?tvqqaama")),
)


def magic_in(name: str) -> str:
    """What begins in a label of a name: an archive or a program, encoded; empty: nothing known."""
    for what, form in _PACKED:
        if form.search(name) is not None:
            return what
    return ""


def honest(text: bytes, name: str) -> bool:
    """Whether a TXT record, its strings joined, has the form of one that owners publish; `name` is where it stands."""
    if HONEST.match(text) is not None:
        return True
    return "acme-challenge" in name and ACME.match(text) is not None


def magic(data: bytes) -> str:
    """What begins in the data or stands in it: a program, an archive, a script; empty: nothing known."""
    text = data.lower().decode("latin-1")
    for what, words, form in _MAGIC:
        for word in words:
            if word in text:
                if form.search(data) is not None:
                    return what
                break
    return ""
