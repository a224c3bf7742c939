"""Lists fetched by url: politely, within bounds, and never in place of a good one before they were judged.

What a url has becomes `state_dir/feeds/KEY.list` (config/feed_path.py), beside which stand

* `KEY.json`: what is known of it, `store.State`;
* `KEY.part`: what is on its way; `KEY.new`: all of it, not judged yet. A start removes both;
* `KEY.refused`: the last one that was not believed, for a person to look at.

Every file is replaced by a rename, so that whoever is killed, or finds the disk full, leaves the last good state.
"""
