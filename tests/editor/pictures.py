"""pictures.py DIR [LANGUAGE...]: see `screenshots`."""

import json
import os
import subprocess
import sys

import pyatspi

import connections
import fields
from cases_gtk3 import editor
from cases_gtk4 import Settings
from screen import CHECK, ENTRY, below, find, focus, has, press, wait, xdotool

# Each section, and a field that brings enough of it into view when it has the focus: the dialog of GNOME Settings can't be enlarged.
SECTIONS = {
    "ipsec": ("More IPsec settings", ENTRY, "Lifetime of phase 1 (s)"),
    "authentication": ("PPP authentication and encryption", CHECK, "Allow EAP"),
    "link": ("PPP link", ENTRY, "Number of the PPP interface"),
    "tunnel": ("L2TP tunnel", ENTRY, "Server's address in the tunnel"),
}
LOOKS = {
    "light": {},
    "dark": {"GTK_THEME": "Adwaita:dark"},
    "contrast": {"GTK_THEME": "HighContrast"},
    "right-to-left": {"LANGUAGE": "he"},
}
LOOKS_OF_SETTINGS = {
    "light": {},
    "dark": {"ADW_DEBUG_COLOR_SCHEME": "prefer-dark"},
    "contrast": {"ADW_DEBUG_HIGH_CONTRAST": "1"},
    "right-to-left": {"LANGUAGE": "he"},
}

OFFICE = {"gateway": "vpn.example.com", "user": "alice", "ipsec-enabled": "yes", "domain": "EXAMPLE", "ipsec-ike": "aes256-sha256-modp2048,3des-sha1-modp1024"}
CERTIFICATE = {"gateway": "vpn.example.com", "user": "alice", "ipsec-enabled": "yes", "machine-auth-type": "tls"}


def still(window):
    """The window's picture once two in a row are the same: what moves has come to rest."""
    last = None

    def picture():
        nonlocal last
        before, last = last, subprocess.run(["import", "-window", window, "png:-"], check=True, capture_output=True).stdout
        return last if before == last else None

    return wait(picture, "the window stands still")


def window_called(title):
    return xdotool("search", "--onlyvisible", "--name", f"^{title}$")[-1]


def take(path, title):
    with open(path, "wb") as file:
        file.write(still(window_called(title)))


def pictures_of(page, title, name, show):
    """SHOW(field) brings a section with that field in view."""
    take(f"{name}-page.png", title)
    for part, (section, roles, label) in SECTIONS.items():
        fields.unfold(page, section)
        show(find(page, roles, label))
        take(f"{name}-{part}.png", title)
        fields.unfold(page, section)  # that is, fold it


def enlarge(title, height=900):
    window = window_called(title)
    geometry = dict(line.split("=") for line in xdotool("getwindowgeometry", "--shell", window))
    if int(geometry["HEIGHT"]) < height:
        xdotool("windowsize", "--sync", window, geometry["WIDTH"], str(height))


def gtk3(folder):
    for style, environment in LOOKS.items():
        with editor("--edit", connections.uuid("Office"), **environment) as program:
            window = program.any_window()
            fields.by_key(window, "gateway")
            if style in ("light", "dark"):
                pictures_of(window, "Editing Office", f"{folder}/gtk3-{style}", lambda _: enlarge("Editing Office"))
            else:
                take(f"{folder}/gtk3-{style}-page.png", window.name)
    with editor("--edit", connections.uuid("Certificate")) as program:
        fields.by_key(program.any_window(), "gateway")
        take(f"{folder}/gtk3-light-certificates.png", "Editing Certificate")


def gtk4(folder):
    for style, environment in LOOKS_OF_SETTINGS.items():
        with Settings(**environment) as settings:
            _, page = settings.open("Office")
            if style in ("light", "dark"):
                pictures_of(page, "Office", f"{folder}/gtk4-{style}", focus)
            else:
                take(f"{folder}/gtk4-{style}-page.png", "Office")
    with Settings() as settings:
        settings.open("Certificate")
        take(f"{folder}/gtk4-light-certificates.png", "Certificate")


def in_language(folder, language):
    """All of the page in one picture, for those who read what a translation looks like."""
    with editor("--edit", connections.uuid("Office"), LANGUAGE=language) as program:
        window = program.any_window()
        wait(lambda: [fold for fold in folds(window) if press(fold) is None], "the page has sections")
        enlarge(window.name, 1900)
        take(f"{folder}/gtk3-{language}.png", window.name)


def folds(window):
    return [one for one in below(window) if one.getRoleName() == "toggle button" and has(one, pyatspi.STATE_EXPANDABLE)]


def main():
    connections.add("Office", OFFICE, {"password": "secret", "ipsec-psk": "shared secret"})
    connections.add("Certificate", CERTIFICATE)
    os.makedirs("/run/nm-l2tp-failures")
    with open(f"/run/nm-l2tp-failures/{connections.uuid('Certificate')}.json", "w", encoding="utf-8") as file:
        json.dump({"id": "ipsec-silent", "time": 1790000000}, file)
    xdotool("mousemove", "0", "0")  # or it would show a tooltip
    for language in sys.argv[2:]:
        in_language(sys.argv[1], language)
    if not sys.argv[2:]:
        gtk3(sys.argv[1])
        gtk4(sys.argv[1])


main()
