from dnsguard.intel.names import canonical
from dnsguard.intel.suffix import is_registry
from dnsguard.models import brands, make_brands

KNOWN, INNOCENT = brands.table()


def test_there_are_thousands_and_those_kept_by_hand_are_among_them() -> None:
    assert len(KNOWN) > 3000
    by_label = {brand.label: brand for brand in KNOWN}
    assert len(by_label) == len(KNOWN)
    for label, (level, domains) in make_brands.by_hand().items():
        brand = by_label[label]
        assert brand.level == brands.IMPERSONATED
        assert brand.word is (len(level) > 1)
        assert set(domains) <= set(brand.domains)
        assert brand.domains[0] == domains[0]


def test_domains_are_names_that_somebody_can_own() -> None:
    for brand in KNOWN:
        assert brand.domains
        for domain in brand.domains:
            assert canonical(domain) == domain
            assert domain == "gov.uk" or not is_registry(domain)


def test_no_innocent_label_is_a_brand_that_is_looked_for() -> None:
    looked_for = {brand.label for brand in KNOWN if brand.level >= brands.DISTINCT}
    assert len(INNOCENT) > 100
    assert not INNOCENT & looked_for
    assert {"cooking", "lodger"} <= INNOCENT


def test_levels_say_how_crowded_a_name_is() -> None:
    names = {"distinctname": ["distinctname.com"], "crowdedname": ["crowdedname.com"], "shorty": ["shorty.com"]}
    benign = [("crowdedmame", "com"), ("x-crowdedname", "net"), ("crowdedwame", "com"), ("other", "org")]
    level, innocent = make_brands.levels(names, benign, set(), {"crowdedgame"})
    assert level == {
        "distinctname": brands.DISTINCT,
        "crowdedname": brands.KNOWN,
        "shorty": brands.KNOWN,
    }
    assert innocent == []
    _, innocent = make_brands.levels({"paypal": ["paypal.com"]}, benign, {"paypal"}, {"payal", "paypa1", "other"})
    # what can't be told from the brand by eye is nobody's word
    assert innocent == ["payal"]
