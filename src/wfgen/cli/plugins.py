"""`wfgen plugins`: what is installed, what it offers, what is broken."""

from __future__ import annotations

import json
from typing import Any

from wfgen.cli.console import print_line, print_table
from wfgen.cli.flags import AsJson
from wfgen.registry import PluginReport, Registry, installed

__all__ = ["plugins"]


def plugins(*, as_json: AsJson = False) -> None:
    """List the plugins installed here, what each offers, and why a broken one is broken.

    Parameters
    ----------
    as_json
        Print one JSON object instead of a table.
    """
    found = installed()
    if as_json:
        print(json.dumps(_as_json(found), indent=2))
        return
    print_table(("kind", "name", "from", "what it is"), _rows(found))
    for plugin in found.plugins:
        if plugin.error:
            print_line(f"broken: {plugin.plugin} of {plugin.distribution}: {plugin.error}")
    for kind, name, distributions in found.conflicts():
        print_line(f"conflict: {kind} {name} is offered by {' and by '.join(distributions)}")


def _as_json(found: Registry) -> dict[str, Any]:
    return {
        "plugins": [_plugin_json(p) for p in found.plugins],
        "conflicts": [
            {"kind": kind, "name": name, "distributions": list(distributions)}
            for kind, name, distributions in found.conflicts()
        ],
    }


def _plugin_json(plugin: PluginReport) -> dict[str, Any]:
    return {
        "plugin": plugin.plugin,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "error": plugin.error or None,
        "offers": [
            {"kind": o.kind, "name": o.entry.name, "summary": o.entry.summary}
            for o in plugin.offers
        ],
    }


def _rows(found: Registry) -> list[tuple[str, str, str, str]]:
    return [
        (o.kind, o.entry.name, f"{plugin.distribution} {plugin.version}", o.entry.summary)
        for plugin in found.plugins
        for o in plugin.offers
    ]
