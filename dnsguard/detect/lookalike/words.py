"""Words and suffixes that phishing names have beside the brand's."""

from typing import Final

LURES: Final = frozenset(
    """
    login logon signin signon log-in sign-in auth authenticate authentication authorize verify verified verification
    verificar verifica validate validation validar confirm confirmation confirmar confirma secure secured security
    securite seguridad sicherheit seguro account accounts accnt acct konto compte cuenta conta password passwort
    passcode credential credentials recover recovery restore unlock unlocked reactivate reactivation suspended
    suspension locked limited restricted unusual activity alert alerts warning billing invoice payment payments refund
    refunds rembours remboursement wallet seed phrase airdrop claim kyc 2fa mfa otp sso webmail webscr idp userid
    signup-bonus giveaway helpdesk supportcenter kundenservice kundendienst actualizar actualiza aktualisieren
    mise-a-jour einloggen anmelden anmeldung connexion acceder acceso ingreso ingresar entrar identify identity
    identification
    """.split()  # noqa: SIM905 - a hundred words read better without a hundred quotes
)
"""What a page that asks for a password, a payment or a seed phrase is called."""
TECHNICAL: Final = frozenset("auth secure sso".split())  # noqa: SIM905
"""Of these, those that companies' own hosts are called as often, by the service behind them: `sharepoint-auth`."""
HINTS: Final = frozenset(
    """
    support help service services servicio servicios serviceclient customer customers client clients cliente clientes
    care center centre online app apps update updates updater upgrade access portal id ids user users member members
    my mon mein meu mi info bonus gift gifts giftcard card cards free promo reward rewards prize winner win offer offers
    pay bank banking banco banca transfer order orders delivery parcel package shipment tracking track colis paket
    notice notification notifications message messages mail email inbox team manager business admin official desk
    live chat contact response resolution case review appeal copyright badge policy violation safe safety protect
    protection trust trade exchange crypto coin coins token nft swap dapp connect session check checkout store shop
    discount sale sales web www com net org co uk us eu de fr es it jp in br inc llc group global
    """.split()  # noqa: SIM905
)
"""What such a page may be called, and many an honest one too."""
CHEAP: Final = frozenset(
    """
    xyz top shop online site icu click live vip club store fun space website buzz cfd sbs cyou lol rest bond pw tk ml ga
    cf gq su ws info biz work support help link life today zone quest monster world best one pro cc me mobi cam beauty
    hair skin makeup autos boats homes motorcycles yachts mom pics monster tokyo wang win bid loan download stream
    trade date party review science racing faith cricket accountant men gdn ooo ltd email digital services agency center
    company solutions network systems technology finance financial money cash credit loans fund capital exchange
    business direct express delivery social chat host press uno fit bar run cloud app dev page
    """.split()  # noqa: SIM905
)
"""Public suffixes that phishing pages are found under out of all proportion: cheap, or given away."""
BAIT: Final = frozenset(
    """
    xyz top click icu cfd sbs buzz cyou bond quest rest lol shop online site website space fun vip pw support help
    """.split()  # noqa: SIM905
)
"""Of these, those that brands' owners rarely care to register their names below."""
GENERIC: Final = frozenset("com net org co io".split())  # noqa: SIM905
"""Suffixes that anybody may use."""
LISTS: Final = frozenset("dbl multi uribl rbl dnsbl surbl rhsbl urired grey black sbl xbl zen fresh".split())  # noqa: SIM905
"""Labels of zones that are asked about other names: block lists."""
LOCAL: Final = frozenset(
    "local lan home internal intranet corp private localdomain localhost domain arpa invalid alt onion".split()  # noqa: SIM905
)
"""Suffixes that no registry has (RFC 6761, RFC 6762, RFC 8375, RFC 9476, ICANN SAC113): what stands before is local."""
