"""Network signatures: the DNS part of Suricata's rule language, parsed, compiled and matched.

`compile_rules` turns rule files into the bytes of one file, `Signatures.open` maps it, `Signatures.query` and
`Signatures.response` ask it. What a rule asks that is not supported is said, with its line, its sid and the keyword.
"""
