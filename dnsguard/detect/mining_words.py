"""What the host name of a mining pool is made of: a coin, a word for the work, and often where it stands.

Miners choose a pool's host by coin and place, so pools name them so: `xmr-eu1.nanopool.org`,
`de.zephyr.herominers.com`. A site about coins has only a coin in its name, one about swimming only a pool, and so has
an access provider's pool of addresses (`pool-1-0.dynamic.example.net`).
"""

import re
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_COINS: Final = frozenset(
    _words("""
    bitcoin btc bch bsv ethereum eth ethw etc ltc litecoin doge dogecoin dgb digibyte dash zec zcash zen rvn ravencoin
    xmr xmrig monero mro xmc xmo wownero aeon sumo sumokoin loki oxen masari msr trtl turtlecoin etn electroneum bcn
    bytecoin fcn dero zeph zephyr salvium scash kas kaspa alph alephium ckb nervos cfx conflux erg ergo beam grin flux
    firo rtm raptoreum vrsc verus vtc xch chia hns handshake siacoin pkt xvg nexa nimiq ccx conceal qrl xhv epic clore
    neurai xna pyi pyrin sero ubq koto
    randomx kawpow ethash etchash equihash cryptonight autolykos cuckatoo daggerhashimoto scrypt kheavyhash progpow
    """)
)
"""Coins, and the algorithms they are mined with, as words of their own; common words (`sc`) are left out."""
_INSIDE: Final = _words(
    "bitcoin btc cryptonight dogecoin ethereum kaspa litecoin monero moner randomx ravencoin xmr zcash"
)
"""Coins that are seen at either end of a longer word too: `supportxmr`, `moneroocean`."""
_WORDS: Final = frozenset(
    _words("dash etc loki beam grin flux chia epic zen sumo nexa handshake scrypt cuckatoo conceal pyrin")
)
"""Coins whose name means something else too: they do not speak for a domain whose name only starts like a pool's."""
_COINED: Final = re.compile(rf"(?:{'|'.join(_INSIDE)})(?:pool|min(?:e|ers?|ing)\b)")
"""`viabtcpooleu`, `monerominers`."""
_WORK: Final = frozenset(_words("pool pools mine miner miners mining stratum pplns"))
_WORK_ENDS: Final = ("pool", "pools", "miner", "miners", "mining")
_WORK_STARTS: Final = ("mine", "mining", "pool")
_POOL_MINING: Final = re.compile(r"(?:min(?:e|ers?|ing)pool|pool(?:mine|mining))")
"""Both words in one: no other pool is mined in."""
_LABEL: Final = re.compile(r"pool|miners?(?!al)|mining|hash")
"""How a pool's domain begins, where the host below it is named for a coin: `xmr.hashcity.org`."""
_HOST: Final = frozenset(_words("mine miner miners mining stratum solo pplns"))
"""Hosts of a pool's domain that only miners ask for."""
_PLACE: Final = frozenset(
    _words("""
    eu us usa na sa asia ap apac de fr fi nl pl ru uk gb ca br mx sg hk jp kr cn tr au uswest useast nyc phx central
    north south east west chicago frankfurt moscow singapore london
    """)
)
_WATER: Final = _words("whirlpool liverpool blackpool hartlepool pontypool welshpool swimmingpool carpool")
"""Words that end in pool and have nothing to do with it."""
BRANDS: Final = frozenset(
    _words("""
    2miners c3pool ethermine f2pool hashvault herominers luckpool minergate minexmr moneroocean monerohash nanopool
    supportxmr woolypooly flypool unmineable
    """)
)
"""Pools with a name made up for them, whatever suffix they come back under."""
_TOKEN: Final = re.compile(r"[a-z]+")
_ADDRESSES: Final = re.compile(
    r"pools?-?\d+[-.]\d|\b(?:dyn|dynamic|static|dsl|adsl|ppp|pppoe|dialup|catv|cable|mobile)\b"
)
"""Names that providers give to their customers' addresses."""


def may_mine(name: str) -> bool:
    """A quick no for most names: whether one has a word that every pool's has."""
    # compiled, so many searches take half the instructions of an expression with as many branches
    return (
        "pool" in name
        or ("min" in name and ("mine" in name or "mining" in name))
        or "xmr" in name
        or "stratum" in name
        or "hashvault" in name
        or "moneroocean" in name
    )


def evidence(host: str, domain: str, brands: frozenset[str] = BRANDS) -> dict[str, list[str]] | None:
    """Say which words for coin, work and place make a name a pool's; None: it is none.

    `host` is the part below the registrable `domain`, empty for the domain itself.
    """
    if _ADDRESSES.search(host):
        return None
    label = domain.partition(".")[0]
    own = _TOKEN.findall(label)
    tokens = _TOKEN.findall(host) if host != "www" else []
    places = [token for token in tokens if token in _PLACE]
    coins = [token for token in (*tokens, *own) if _is_coin(token)]
    work = [token for token in (*tokens, *own) if _is_work(token)]
    if label in brands:
        # the bare domain of a large pool is a web site that people visit
        said = tokens and (coins or places or set(tokens) & _HOST or "pool" in tokens)
        return {"coin": coins, "pool": [label], "place": places} if said else None
    if label.endswith(_WATER):
        return None
    if not work and _LABEL.match(label) and any(_is_coin(token) and token not in _WORDS for token in tokens):
        work = [label]
    if work and (
        coins
        or _POOL_MINING.search(label)
        or (label.endswith(_WORK_ENDS) and tokens and (set(tokens) & _HOST or places == tokens))
    ):
        return {"coin": coins, "pool": work, "place": places}
    return None


def _is_coin(token: str) -> bool:
    return token in _COINS or token.startswith(_INSIDE) or token.endswith(_INSIDE) or _COINED.search(token) is not None


def _is_work(token: str) -> bool:
    if token in _WORK or token.endswith(_WORK_ENDS) or _POOL_MINING.search(token):
        return True
    return (token.startswith(_WORK_STARTS) and _is_coin(token)) or _COINED.search(token) is not None
