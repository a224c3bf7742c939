"""What the configuration says about each url: lists that name the same one share one fetch."""

from collections.abc import Sequence
from dataclasses import dataclass

from dnsguard.config.effective import masked_url
from dnsguard.config.feed_path import feed_key
from dnsguard.intel.config import ListConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One url; `lists` has at least one, and all agree on how it is fetched (config/cross.py)."""

    key: str
    url: str
    lists: tuple[ListConfig, ...]

    @property
    def how(self) -> ListConfig:
        """The list that says how it is fetched."""
        return self.lists[0]

    @property
    def label(self) -> str:
        """The lists' names, for people."""
        return ", ".join(list_.name for list_ in self.lists)

    @property
    def shown_url(self) -> str:
        """The url without what authenticates."""
        return masked_url(self.url)


def specs(lists: Sequence[ListConfig]) -> dict[str, Spec]:
    """Give the urls that lists name, by key, in order."""
    found: dict[str, list[ListConfig]] = {}
    for list_ in lists:
        if list_.url:
            found.setdefault(list_.url, []).append(list_)
    return {feed_key(url): Spec(key=feed_key(url), url=url, lists=tuple(own)) for url, own in found.items()}
