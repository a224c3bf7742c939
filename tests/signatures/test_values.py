import pytest

from dnsguard.signatures.rule import ByteTest, Entropy, IsDataAt, Threshold
from dnsguard.signatures.values import (
    parse_byte_test,
    parse_entropy,
    parse_isdataat,
    parse_threshold,
    print_byte_test,
    print_entropy,
    print_isdataat,
    print_threshold,
)


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("5", IsDataAt(5)),
        ("!1,relative", IsDataAt(1, relative=True, negated=True)),
        ("50, relative, rawbytes", IsDataAt(50, relative=True)),
    ],
)
def test_isdataat(text: str, test: IsDataAt) -> None:
    assert parse_isdataat(text) == test == parse_isdataat(print_isdataat(test))


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("7.01", Entropy("=", 7.01)),
        ("<7.01", Entropy("<", 7.01)),
        ("value >= 4", Entropy(">=", 4.0)),
        ("bytes 4, offset 30,value <= 7", Entropy("<=", 7.0, 0.0, 30, 4)),
        ("value != 7, offset 2", Entropy("!=", 7.0, 0.0, 2)),
        ("value 3-4.5", Entropy("-", 3.0, 4.5)),
        ("value !3-4.5", Entropy("!-", 3.0, 4.5)),
    ],
)
def test_entropy(text: str, test: Entropy) -> None:
    assert parse_entropy(text) == test == parse_entropy(print_entropy(test))


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("2,>,1000,1,relative", ByteTest(2, ">", 1000, 1, relative=True)),
        ("1, !&, 0x80, -3", ByteTest(1, "&", 128, -3, negated=True)),
        ("1,!,5,0", ByteTest(1, "=", 5, 0, negated=True)),
        ("4,=,1337,0,string,dec", ByteTest(4, "=", 1337, 0, base=10)),
        ("2,<=,5,0,little,bitmask 0x0ff0", ByteTest(2, "<=", 5, 0, little=True, mask=0x0FF0)),
        ("8,^,1,0,big", ByteTest(8, "^", 1, 0)),
        # as C writes them
        ("1,=,020,010,bitmask 030", ByteTest(1, "=", 16, 8, mask=24)),
    ],
)
def test_byte_test(text: str, test: ByteTest) -> None:
    assert parse_byte_test(text) == test == parse_byte_test(print_byte_test(test))


@pytest.mark.parametrize(
    ("keyword", "text", "threshold"),
    [
        ("threshold", "type limit, track by_src, count 1, seconds 300", Threshold("limit", "by_src", 1, 300)),
        ("threshold", "type both,count 3,seconds 60,track by_dst", Threshold("both", "by_dst", 3, 60)),
        ("threshold", "type threshold, track by_rule, count 5, seconds 5", Threshold("threshold", "by_rule", 5, 5)),
        ("detection_filter", "track by_both,count 15,seconds 2", Threshold("detection_filter", "by_both", 15, 2)),
    ],
)
def test_threshold(keyword: str, text: str, threshold: Threshold) -> None:
    assert parse_threshold(keyword, text) == threshold
    printed = print_threshold(threshold)
    assert printed.startswith(keyword + ":")
    assert parse_threshold(keyword, printed.partition(":")[2]) == threshold


@pytest.mark.parametrize(
    ("read", "text", "why"),
    [
        (parse_isdataat, "x", "isdataat:x: write a number"),
        (parse_isdataat, "var,relative", "isdataat:var"),
        (parse_isdataat, "1,absolute", "isdataat: absolute"),
        (parse_isdataat, None, "isdataat"),
        (parse_entropy, "", "write value > 3.5"),
        (parse_entropy, "value ? 7", "write value > 3.5"),
        (parse_entropy, "value 9", "8 bits"),
        (parse_entropy, "value 1, value 2", "twice"),
        (parse_entropy, "bytes 1", "write value"),
        (parse_byte_test, "1,=,5", "write BYTES"),
        (parse_byte_test, "1,~,5,0", "operator ~"),
        (parse_byte_test, "9,=,5,0", "byte_test: bytes"),
        (parse_byte_test, "2,=,var,0", "variables are not supported"),
        (parse_byte_test, "2,=,5,0,dce", "dce is not supported"),
        (parse_byte_test, "2,=,5,0,string", "hex, dec or oct"),
        (parse_byte_test, "2,=,5,0,hex", "hex, dec or oct"),
        (parse_byte_test, "2,=,99999999999999999999,0", "from 0 to 18446744073709551615"),
        (parse_byte_test, "2,=,08,0", "write a number"),
    ],
)
def test_refused(read: object, text: str | None, why: str) -> None:
    assert callable(read)
    with pytest.raises(ValueError, match=why):
        read(text)


@pytest.mark.parametrize(
    ("keyword", "text", "why"),
    [
        ("threshold", None, "write type limit"),
        ("threshold", "type backoff, track by_flow, count 1, multiplier 10", "multiplier is not supported"),
        ("threshold", "type backoff, track by_flow, count 1, seconds 10", "type backoff"),
        ("threshold", "type limit, track by_flow, count 1, seconds 10", "track by_flow"),
        ("threshold", "type limit, track by_src, count 0, seconds 10", "count"),
        ("threshold", "type limit, track by_src, count 1", "seconds"),
        ("threshold", "track by_src, count 1, seconds 5", "type \\(none\\)"),
        ("threshold", "type limit, type both, track by_src, count 1, seconds 5", "write type limit"),
        ("detection_filter", "type limit, track by_src, count 1, seconds 5", "type detection_filter|type"),
        ("detection_filter", "track by_src, count 1, seconds 5, unique_on dst_port", "unique_on"),
    ],
)
def test_thresholds_refused(keyword: str, text: str | None, why: str) -> None:
    with pytest.raises(ValueError, match=f"{keyword}.*{why}"):
        parse_threshold(keyword, text)
