"""Names to ask for, made of common words and host labels: shaped like real ones, and nobody's traffic."""

import itertools
import random
from collections.abc import Iterator

WORDS = (
    "able air alpha amber apple arc art atlas autumn baker bay beacon bear bell berry best big bird black blue "
    "board boat book box bridge bright brook build cabin call camp card care cedar center chart city clear cliff "
    "cloud coast code coffee common cool copper core corner craft creek crown crystal cycle daily dark data dawn "
    "deal delta desk dial direct door dream drive eagle early earth east easy echo edge elm ember even ever exact "
    "fair falcon farm fast field fine fire first fish flag fleet flow food forest forge fox free fresh front game "
    "garden gate gear giant glass global gold grand gray great green grid group grove guide harbor hawk head "
    "health heart high hill home honey hope horse house ice idea inner iron island ivory jade jet job joy jump "
    "keen key kind king kit lake lamp land large leaf light lime line link lion list little live local loft logic "
    "long loop lucky lunar magic main maple market media metro mile mill mind mint mobile modern moon motion "
    "mountain music native nest net new next night noble north nova oak ocean office olive one open orange orbit "
    "outdoor oxford pacific page paper park path peak pearl pilot pine pixel plain planet plus point polar pond "
    "port power press prime print pro pulse pure quick quiet rain rapid real red reef ridge ring river road rock "
    "root rose royal sail salt sand school sea shop silver simple sky smart snow solar solid south spark spring "
    "square star station stone store storm stream street summer summit sun swift table tech tide tiger time tower "
    "town track trade trail travel tree true trust union urban valley vector velvet view village vista vital wall "
    "water wave web west white wild wind wing winter wolf wood work world yard yellow zen zone "
).split()
HOSTS = "www mail api cdn static img login app shop blog news m assets media docs auth video edge ns1 ns2".split()
SUFFIXES = "com com com com net org de io co.uk fr nl info eu app dev".split()


def zones(seed: int = 1) -> Iterator[str]:
    """Distinct registrable domains, without end."""
    rng = random.Random(seed)
    seen: set[str] = set()
    for _ in itertools.count():
        parts = rng.sample(WORDS, 2) if rng.random() < 0.7 else rng.sample(WORDS, 3)
        zone = rng.choice(("", "", "", "-")).join(parts) + "." + rng.choice(SUFFIXES)
        if zone not in seen:
            seen.add(zone)
            yield zone


def hosts(seed: int = 1) -> Iterator[str]:
    """Distinct host names, a few below each zone, without end."""
    rng = random.Random(seed)
    for zone in zones(seed):
        yield zone
        for host in rng.sample(HOSTS, rng.randint(1, 4)):
            yield f"{host}.{zone}"
