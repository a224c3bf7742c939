"""The checks of protocol_anomaly, as data: what each means, which clause it is held against, what it takes to tell.

A `severe` one breaks the format, or can't come of honest software: it alerts alone. The others are legal, or come of
clumsiness as well; they alert where they are rare on this network and one client shows them again and again.
`usual` is the share of judged messages that an ordinary network is expected to show: what the baseline starts from,
before the network's own traffic outweighs it (state/anomalies.py). Those of 1e-6 and below were not seen in the benign
captures that tests/eval/anomaly.py replays; the others were, or belong to software that many have: monitors that ask in
class CHAOS, mail servers that ask DNS blocklists, Windows domains.
"""

from typing import Final, NamedTuple

RARE: Final = 1e-6
UNCOMMON: Final = 1e-4
COMMON: Final = 1e-2


class Check(NamedTuple):
    """One thing that can be wrong."""

    id: str
    severe: bool
    """Alerts alone; otherwise by rarity."""
    clause: str
    meaning: str
    """Fixed text: it becomes the reason of an alert."""
    usual: float = RARE
    """Share of messages, where it is not severe."""
    lone: bool = True
    """Whether rarity and repetition make an alert of it; False: it is shown beside others only."""


_ALL: Final = (
    # header
    Check("header_short", True, "RFC 1035 4.1.1", "message shorter than a header"),
    Check("qr_in_query", True, "RFC 1035 4.1.1", "response sent where a query belongs"),
    Check("not_a_response", True, "RFC 1035 4.1.1", "upstream answers with a message that is no response"),
    Check("opcode_unassigned", True, "RFC 6895 2.2", "opcode that nobody has assigned"),
    Check("opcode_obsolete", False, "RFC 3425 3", "opcode that is obsolete or was never specified", 1e-5),
    Check("opcode_foreign", False, "RFC 2136 1.3", "opcode that is not for a resolver", COMMON),
    Check("opcode_answer", True, "RFC 1035 4.1.1", "answer with another opcode than the query"),
    Check("z_flag", False, "RFC 6895 2.1", "reserved header bit is set"),
    Check("query_aa", False, "RFC 1035 4.1.1", "query that claims to be authoritative"),
    Check("query_tc", False, "RFC 1035 4.1.1", "query that claims to be cut off"),
    Check("query_ra", False, "RFC 1035 4.1.1", "query that offers recursion"),
    Check("query_rcode", False, "RFC 1035 4.1.1", "query with a response code"),
    Check("rcode_unassigned", False, "RFC 6895 2.3", "response code that nobody has assigned"),
    Check("question_none", False, "RFC 7873 5.4", "query without a question", 1e-5),
    Check("question_count", True, "RFC 9619 4", "more than one question"),
    Check("query_answers", True, "RFC 1035 4.1.1", "query that brings answers"),
    Check("answer_unmarked", False, "RFC 1035 4.1.1", "answer in class CHAOS that is not marked as one", COMMON),
    Check("counts_impossible", True, "RFC 1035 4.1.1", "header counts more records than the message can hold"),
    # names
    Check("name_too_long", True, "RFC 1035 2.3.4", "name of more than 255 octets"),
    Check("name_runs_off", True, "RFC 1035 4.1.2", "name that runs off the message"),
    Check("label_type", True, "RFC 6891 5", "label of a type that was retired"),
    Check("pointer_loop", True, "RFC 1035 4.1.4", "compression pointer that does not point back"),
    Check("question_compressed", True, "RFC 1035 4.1.4", "question compressed although no name stands before it"),
    Check("name_control", False, "RFC 1035 2.3.1", "control characters in a name"),
    Check("name_octets", False, "RFC 2181 11", "octets in a name that are no text in UTF-8"),
    Check("name_dot", False, "RFC 1035 5.1", "dot or backslash inside a label"),
    Check("name_full", False, "RFC 1035 2.3.4", "name filled to its utmost length"),
    Check("labels_many", False, "RFC 1035 3.1", "name of very many labels"),
    Check("case_play", False, "RFC 4343 3", "letter case that carries something: mixed in one zone alone"),
    # types and classes
    Check("type_null", False, "RFC 1035 3.3.10", "question for NULL records, which are experimental"),
    Check("type_private", False, "RFC 6895 3.1", "question for a type of the private range"),
    Check("type_key", False, "RFC 3445 1", "question for KEY or SIG, which DNSSEC gave up"),
    Check("type_any", False, "RFC 8482 1", "question for all types at once", 1e-3),
    Check("type_obsolete", False, "RFC 6895 3.1", "question for an obsolete type"),
    Check("type_unassigned", False, "RFC 6895 3.1", "question for a type that nobody has assigned"),
    Check("type_reserved", False, "RFC 6895 3.1", "question for a type that is no type: 0 or 65535"),
    Check("type_opt", True, "RFC 6891 6.1.1", "question for the OPT pseudo-record"),
    Check("type_hop", False, "RFC 2930 2", "question for TKEY or TSIG, which belong to one hop", 1e-3),
    Check("class_chaos", False, "RFC 4892 2", "server asked in class CHAOS who it is", COMMON, lone=False),
    Check("chaos_name", False, "RFC 4892 2", "question in class CHAOS for a name that no server gives itself"),
    Check("chaos_scan", False, "RFC 4892 2", "one name after another asked for in class CHAOS"),
    Check("class_other", False, "RFC 6895 3.2", "question in a class that is not the Internet's", 1e-5),
    # sections and sizes
    Check("query_authority", False, "RFC 1995 3", "query with authority records"),
    Check("query_additional", False, "RFC 1035 4.1", "query with additional records that are no options or signature"),
    Check("record_runs_off", True, "RFC 1035 4.1.3", "record that runs off the message"),
    Check("trailing_bytes", True, "RFC 1035 4.1", "bytes behind the end of the message"),
    Check("trailing_zeros", False, "RFC 1035 4.1", "a few zero bytes behind the end of the message", 1e-5),
    Check("query_large", False, "RFC 1035 4.2.1", "query of more than 512 bytes over UDP"),
    # EDNS
    Check("opt_twice", True, "RFC 6891 6.1.1", "more than one OPT record"),
    Check("opt_misplaced", True, "RFC 6891 6.1.1", "OPT record where none may be"),
    Check("edns_version", False, "RFC 6891 6.1.3", "EDNS version that does not exist", 1e-5),
    Check("edns_size", False, "RFC 6891 6.2.3", "EDNS payload size below 512", 1e-5),
    Check("edns_flags", False, "RFC 6891 6.1.4", "reserved EDNS flags are set"),
    Check("option_runs_off", True, "RFC 6891 6.1.2", "EDNS option that runs off its record"),
    Check("option_unknown", False, "RFC 6891 9", "EDNS option that nobody has assigned"),
    Check("option_long", False, "RFC 6891 6.1.2", "EDNS option much longer than any known one"),
    Check("option_twice", False, "RFC 6891 6.1.2", "EDNS option that is there twice"),
    Check("option_of_answer", False, "RFC 8914 2", "query with an EDNS option that only answers have"),
    Check("cookie_length", False, "RFC 7873 5.2", "cookie of a length that none has"),
    Check("subnet_malformed", False, "RFC 7871 6", "client subnet that contradicts itself"),
    Check("keepalive_length", False, "RFC 7828 3.1", "keepalive option of a length that none has"),
    Check("padding_not_zero", False, "RFC 7830 3", "padding that is not zero"),
    # answers
    Check("unreadable", False, "RFC 1035 4.1", "answer that can't be read", 1e-5),
    Check("question_mismatch", False, "RFC 5452 9.1", "answer to another question than was asked"),
    Check("answer_foreign", False, "RFC 5452 6", "answer with records of names that were not asked for", 1e-5),
    Check("answer_type", False, "RFC 1034 4.3.2", "answer with records of a type that was not asked for", 1e-5),
    Check("record_null", False, "RFC 1035 3.3.10", "answer with NULL records"),
    Check("record_private", False, "RFC 6895 3.1", "answer with records of the private range"),
    Check("record_class", False, "RFC 1035 3.2.4", "record of another class than the question", 1e-5),
    Check("record_meta", True, "RFC 6895 3.1", "record of a type that exists in questions only"),
    Check("rdata_size", True, "RFC 1035 3.4.1", "record whose data can't have this length"),
    Check("rdata_name", True, "RFC 1035 3.3", "record whose data is not the name it should be"),
    Check("rdata_strings", True, "RFC 1035 3.3.14", "text record whose strings do not fill it"),
    Check("txt_oversize", False, "RFC 1035 3.3.14", "single text record far larger than any use needs"),
    Check("ttl_negative", False, "RFC 2181 8", "time to live with its top bit set"),
    Check("ttl_long", False, "RFC 8767 4", "time to live of more than a week", 1e-4),
    Check("ttl_churn", False, "RFC 8767 4", "zone whose times to live, above a week, change each time"),
    Check("ttl_zero", False, "RFC 1035 3.2.1", "answer that may not be kept at all", COMMON, lone=False),
    Check("ttl_uneven", False, "RFC 2181 5.2", "records of one set with different times to live", COMMON, lone=False),
    Check("cname_and_other", False, "RFC 2181 10.1", "alias with other data beside it", 1e-5),
    Check(
        "cname_flat", False, "RFC 1034 3.6.2", "aliases and data all given to the question's name", COMMON, lone=False
    ),
    Check("cname_twice", False, "RFC 2181 10.1", "name with two aliases", 1e-5),
    Check("cname_loop", False, "RFC 1034 3.6.2", "aliases that lead back to where they came from", 1e-5),
    Check("soa_twice", False, "RFC 2308 3", "more than one SOA record", 1e-5),
    Check("nxdomain_answers", False, "RFC 2308 2.1", "answer that denies its name and has data for it", 1e-5),
    Check("private_address", False, "RFC 1918 3", "public name with a private address", COMMON),
    Check("loopback_address", False, "RFC 1122 3.2.1.3", "public name with a loopback address", COMMON),
    Check("mixed_addresses", False, "RFC 1918 3", "one answer with public and private addresses", 1e-5),
    Check("rebinding", False, "RFC 1918 3", "name whose address was public and is private a moment later"),
)

CHECKS: Final[dict[str, Check]] = {check.id: check for check in _ALL}
"""By id, in the order in which they are told."""
