"""Who answers which command of the control socket."""

from collections.abc import Mapping
from functools import partial

from dnsguard.hub import commands, update
from dnsguard.hub.allows import Allows
from dnsguard.hub.control import Handler
from dnsguard.hub.feedback import Marking
from dnsguard.hub.feeds.manager import Feeds
from dnsguard.hub.lists import Lists


def handlers(feeds: Feeds, lists: Lists, allows: Allows, marking: Marking) -> Mapping[type[commands.Command], Handler]:
    """Give the handler of each kind of command."""
    return {
        commands.Update: partial(update.answers, feeds, lists),
        commands.AllowList: allows.answer_list,
        commands.AllowAdd: allows.answer_add,
        commands.AllowRemove: allows.answer_remove,
        commands.MarkAlert: marking.answer,
    }
