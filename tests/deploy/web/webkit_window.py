#!/usr/bin/python3
"""A window on WebKitGTK for WebKitWebDriver that keeps what pages store in a folder, its only argument.

The MiniBrowser that comes with the driver keeps nothing, as a private window does, and so gives pages no file system.
Run by Debian's own Python, for which python3-gi and gir1.2-webkit2-4.1 are.
"""

from __future__ import annotations

import sys
from typing import Any

import gi

gi.require_version("WebKit2", "4.1")
gi.require_version("Gtk", "3.0")
from gi.repository import Gtk, WebKit2  # noqa: E402 (versions are required first)

IN_SAFARI = {"FileSystem", "AccessHandle", "StorageAPI", "StorageAPIEstimate"}
"""Features that Safari has switched on, and WebKitGTK off; access handles, by which our page writes, fail even so."""
INSTEAD = "FileSystemWritableStream"
"""In Safari since 26. With it a test can write files."""


def main() -> None:
    kept = WebKit2.WebsiteDataManager(base_data_directory=sys.argv[1], base_cache_directory=sys.argv[1])
    context = WebKit2.WebContext(website_data_manager=kept)
    settings, features = WebKit2.Settings(), WebKit2.Settings.get_all_features()
    for feature in map(features.get, range(features.get_length())):
        if feature.get_identifier() in {*IN_SAFARI, INSTEAD}:
            settings.set_feature_enabled(feature, True)

    def opened(*session: Any) -> Any:
        view = WebKit2.WebView(web_context=context, settings=settings, is_controlled_by_automation=True)
        window = Gtk.Window()
        window.set_default_size(400, 800)
        window.add(view)
        window.show_all()
        return view

    def started(_: Any, session: Any) -> None:
        info = WebKit2.ApplicationInfo()
        info.set_name("MiniBrowser")  # what selenium asks for
        info.set_version(WebKit2.get_major_version(), WebKit2.get_minor_version(), WebKit2.get_micro_version())
        session.set_application_info(info)
        session.connect("create-web-view", opened)

    context.set_automation_allowed(True)
    context.connect("automation-started", started)
    Gtk.main()


if __name__ == "__main__":
    main()
