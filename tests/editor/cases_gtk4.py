"""GNOME Settings' network panel (GTK 4)."""

import pyatspi

import connections
import fields
from cases_gtk3 import OLD_FORMS, File, certificate, expect, fits, says, sentences
from screen import BUTTON, ENTRY, Program, below, find, focus, has, keys, look, press, sensitive, wait, write


class Settings(Program):
    def __init__(self, **environment):
        super().__init__("gnome-control-center", "network", **environment)

    def open(self, name):
        """The dialog in which NAME is edited, and our page in it."""
        row = find(self.any_window(), ("list item",), name)
        press(wait(lambda: [one for one in below(row) if one.getRoleName() in BUTTON][-1], f"{name} has a button for its options"))
        dialog = self.window(name)
        return dialog, self.page(dialog)

    def page(self, dialog):
        """It is on the tab "Identity"; the dialog for a new connection has no tabs."""
        page = fields.by_key(dialog, "gateway")
        while page.getRoleName() != "scroll pane":
            page = page.parent
        if (tabs := next((one for one in below(dialog) if one.getRoleName() == "page tab list"), None)) is not None:
            tabs.querySelection().selectChild(1)
        return page

    def add(self):
        """The dialog of a new connection, and our page in it."""
        press(find(self.window("Settings"), BUTTON, "Add connection"))
        dialog = self.window("Add VPN")
        kinds = find(dialog, ("list",), "GtkListBox")
        ours = "Layer 2 Tunneling Protocol (L2TP)"
        focus(wait(lambda: next(one for one in kinds if look(one, ("label",), ours)), f"the list offers {ours}"))
        keys("Return")
        return dialog, self.page(dialog)

    def choose_file(self, path, button):
        dialog = wait(lambda: next(one for one in self.windows() if one.name.startswith("Choose a ")), f"there is a dialog to choose {path}")
        wait(lambda: any(has(one, pyatspi.STATE_FOCUSED) for one in below(dialog)), "the dialog has the focus")
        keys("slash")  # the key for typing a path
        write(find(dialog, ENTRY, "GtkFileChooserEntry"), path)
        press(find(dialog, BUTTON, button))
        wait(lambda: dialog not in self.windows(), "the dialog for files is gone")

    def apply(self, dialog, button="Apply"):
        press(find(dialog, BUTTON, button))
        wait(lambda: dialog not in self.windows(), "the dialog is closed")


def case_settings_fills_every_field():
    connections.add("office", {"gateway": "192.0.2.1", "ipsec-enabled": "yes"})
    with Settings() as settings:
        dialog, page = settings.open("office")
        for field in fields.USER:
            field.fill(page)
        for label, text in (("Pre-shared key", "a,key\\"), ("Password", "pa ss#1")):
            write(find(page, ENTRY, label), text)
        for title, section in fields.SECTIONS.items():
            fields.unfold(page, title)
            for field in section:
                field.fill(page)
        settings.apply(dialog)
    every = sum(fields.SECTIONS.values(), fields.USER)
    expect("the data", {**fields.stored(every), "ipsec-enabled": "yes"}, connections.data("office"))
    expect("the secrets", {"ipsec-psk": "a,key\\", "password": "pa ss#1"}, connections.secrets("office"))


def case_settings_takes_certificates():
    path = certificate()
    connections.add("office", {"gateway": "192.0.2.1", "ipsec-enabled": "yes", "machine-auth-type": "tls"})
    with Settings() as settings:
        dialog, page = settings.open("office")
        files = tuple(File(settings, key, path) for key in ("machine-ca", "machine-cert", "machine-key"))
        for field in files:
            field.fill(page)
        settings.apply(dialog)
    expect("the data", {"gateway": "192.0.2.1", "ipsec-enabled": "yes", "machine-auth-type": "tls", **fields.stored(files)}, connections.data("office"))


def case_settings_adds_a_connection():
    with Settings() as settings:
        dialog, page = settings.add()
        write(find(dialog, ENTRY, "Name"), "new")
        for field in fields.USER:
            field.fill(page)
        settings.apply(dialog, "Add")
    wait(lambda: connections.names() == ["new"], "it is stored")
    kind = {"ipsec-enabled": "yes", "machine-auth-type": "psk", "ipsec-psk-flags": "1", "password-flags": "1"}
    expect("the data", {**fields.stored(fields.USER), **kind}, connections.data("new"))


def case_settings_does_not_apply_what_is_wrong():
    connections.add("office", {"gateway": "192.0.2.1", "ipsec-enabled": "yes"})
    with Settings() as settings:
        dialog, page = settings.open("office")
        apply = find(dialog, BUTTON, "Apply")
        fields.unfold(page, "More IPsec settings")
        for label, text, right, sentence in (
            ("Gateway", "300.1.2.3", "192.0.2.2", "must be a whole IPv4 address (four numbers from 0 to 255) or a DNS name."),
            ("Phase 1 algorithms", "aes256-sha256-modp999", "aes256-sha256-modp2048!", "'modp999' is not a known group (did you mean 'modp2048'?)."),
            ("Dead peer detection after (s)", "3601", "3600", "must be a whole number from 0 to 3600."),
        ):
            entry = find(page, ENTRY, label)
            write(entry, text)
            wait(lambda: not sensitive(apply), f"with the {label} '{text}' nothing can be applied")
            wait(lambda: page.clear_cache() or says(page, sentence), lambda: f"with the {label} '{text}' it says '... {sentence}'; it says {sentences(page)}")
            write(entry, right)
            wait(lambda: sensitive(apply), f"with the {label} '{right}' it can be applied")
        settings.apply(dialog)
    data = {"gateway": "192.0.2.2", "ipsec-enabled": "yes", "ipsec-dpd-delay": "3600", "ipsec-ike": "aes256-sha256-modp2048!"}
    expect("the data", data, connections.data("office"))


def case_settings_keeps_old_forms_and_unknown_keys():
    connections.add("old", OLD_FORMS, {"password": "pa ss#1"})
    before = connections.whole("old")
    with Settings() as settings:
        dialog, _ = settings.open("old")
        write(find(dialog, ENTRY, "Name"), "old 2")
        settings.apply(dialog)
    wait(lambda: connections.names() == ["old 2"], "it has another name")
    connections.nmcli("connection", "modify", "old 2", "connection.id", "old")
    expect("after opening and applying", before, connections.whole("old"))


def case_settings_dialog_fits_a_small_screen():
    connections.add("office", {"gateway": "vpn.example.com", "ipsec-enabled": "yes"})
    with Settings() as settings:
        settings.open("office")
        fits("office")
