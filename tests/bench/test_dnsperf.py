"""Reports as dnsperf 2.10 writes them."""

import pytest

from tests.bench.dnsperf import packet_file, parse

REPORT = """\
> NOERROR www.example.com A 0.000103
> NXDOMAIN binary input 0.012000
Statistics:

  Queries sent:         1000
  Queries completed:    998 (99.80%)
  Queries lost:         2 (0.20%)

  Response codes:       NOERROR 950 (95.19%), NXDOMAIN 48 (4.81%)
  Average packet size:  request 36, response 95
  Run time (s):         0.020182
  Queries per second:   49549.103161
"""


def test_a_report_is_read() -> None:
    report = parse(REPORT)
    assert (report.answered, report.lost, report.rate) == (998, 2, 49549.103161)
    assert report.codes == {"NOERROR": 950, "NXDOMAIN": 48}
    assert report.latencies == [pytest.approx(0.103), pytest.approx(12.0)]


def test_a_report_without_a_figure_is_refused() -> None:
    with pytest.raises(ValueError, match="Queries lost"):
        parse(REPORT.replace("Queries lost", "lost"))


def test_packets_are_written_as_a_tcp_stream_has_them(tmp_path) -> None:
    assert packet_file(tmp_path / "a.packets", [b"abc", b""]).read_bytes() == b"\0\3abc\0\0"
