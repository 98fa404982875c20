"""nm-connection-editor (GTK 3)."""

import os
import subprocess

import pyatspi

import fields
import connections
from screen import BUTTON, CHOICE, ENTRY, NotSo, Program, below, called, choose, choose_called, find, focus, has, items_of, keys, press, read, sensitive, wait, write, xdotool

KINDS = ("L2TP/IPsec with pre-shared key", "L2TP/IPsec with certificate", "L2TP without IPsec")


def expect(what, wanted, there):
    if wanted == there:
        return
    if isinstance(wanted, dict):
        wanted, there = list(wanted.items()), list(there.items())
    if isinstance(wanted, list):
        wanted, there = [one for one in wanted if one not in there], [one for one in there if one not in wanted]
    raise NotSo(f"{what}: expected {wanted}, got {there}")


def editor(*options, **environment):
    return Program("nm-connection-editor", *options, **environment)


def kinds_of(chooser):
    return wait(lambda: next(one for one in below(chooser) if one.getRoleName() in CHOICE), "there is a list of kinds")


def save(program, name):
    press(find(program.any_window(), BUTTON, "Save"))
    wait(lambda: not program.windows(), f"{name} is saved, and its window closed")


def keep(program, entry, where):
    """Of the menu that hangs on the entry of a secret, only an open one is shown."""

    def item():
        return next(one for window in program.windows() for one in below(window) if one.name == where and has(one, pyatspi.STATE_SHOWING))

    focus(entry)
    keys("alt+Down")
    press(wait(item, f"the menu of '{called(entry)}' has '{where}'"))


def case_add_menu_lists_our_kinds():
    with editor("--type=vpn", "--create") as program:
        offered = [called(item) for item in items_of(kinds_of(program.any_window()))]
        expect("the kinds", list(KINDS), [item for item in offered if item.startswith("L2TP")])


def create(kind, name, sections, secrets, more):
    """A new connection of that kind, all its fields filled in: stored is MORE and what the fields make of it. SECTIONS is made for the program."""
    with editor("--type=vpn", "--create") as program:
        sections = sections(program)
        chooser = program.any_window()
        choose_called(kinds_of(chooser), kind)
        press(find(chooser, BUTTON, "Create…"))
        window = program.window("Editing VPN connection 1")
        write(find(window, ENTRY, "Connection name"), name)
        for title, section in sections.items():
            if title:
                fields.unfold(window, title)
            for field in section:
                field.fill(window)
        for (label, _), text in secrets.items():
            entry = find(window, ENTRY, label)
            keep(program, entry, "Store the password for all users")
            write(entry, text)
        save(program, name)
    expect("the data", dict(sorted({**fields.stored(sum(sections.values(), ())), **more}.items())), connections.data(name))
    expect("the secrets", {key: text for (_, key), text in secrets.items()}, connections.secrets(name))
    reopen(name)


def reopen(name):
    """Opened, given another name and saved: nothing else changes."""
    before = connections.whole(name)
    with editor("--edit", connections.uuid(name)) as program:
        window = program.window(f"Editing {name}")
        write(find(window, ENTRY, "Connection name"), f"{name} 2")
        save(program, name)
    wait(lambda: f"{name} 2" in connections.names(), f"{name} has another name")
    connections.nmcli("connection", "modify", f"{name} 2", "connection.id", name)
    expect("after opening and saving", before, connections.whole(name))


PSK = {("Pre-shared key", "ipsec-psk"): "a,key\\", ("Password", "password"): "pa ss#1"}
PASSWORD = {("Password", "password"): "pa ss#1"}


def case_create_with_psk():
    create(KINDS[0], "office", lambda _: {"": fields.USER, **fields.SECTIONS}, PSK, {"ipsec-enabled": "yes", "machine-auth-type": "psk"})


def case_create_without_ipsec():
    sections = {"": fields.USER, **fields.SECTIONS}
    del sections["More IPsec settings"]
    sections["PPP authentication and encryption"] += fields.MPPE
    create(KINDS[2], "plain", lambda _: sections, PASSWORD, {"ipsec-enabled": "no"})


class File(fields.Field):
    """A certificate or key, chosen in the program's dialog for files."""

    def __init__(self, program, key, path):
        super().__init__(key, path, **{key.replace("-", "_"): path})
        self.program = program

    def fill(self, page):
        focus(fields.by_key(page, self.label))
        keys("space")  # libnma waits within the press for the dialog's end, and does not answer accessibility meanwhile
        self.program.choose_file(self.value, "Select")


def certificate():
    """One file for all: its own authority."""
    path = os.environ["HOME"] + "/alice.pem"
    if not os.path.exists(path):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=alice", "-keyout", path, "-out", path + ".crt"],
            check=True,
            capture_output=True,
        )
        with open(path + ".crt", encoding="ascii") as one, open(path, "a", encoding="ascii") as both:
            both.write(one.read())
    return path


def case_create_with_certificates():
    path = certificate()

    def sections(program):
        machine, user = (tuple(File(program, f"{whose}-{what}", path) for what in ("ca", "cert", "key")) for whose in ("machine", "user"))
        eap = (fields.Choice("User authentication", 1, user_auth_type="tls"),)
        return {"": fields.USER + machine + eap + user, "More IPsec settings": fields.IPSEC[:2]}

    flags = {"machine-certpass-flags": "1", "user-certpass-flags": "1"}  # a password that is asked for later is the user's own
    create(KINDS[1], "certificates", sections, {}, {"ipsec-enabled": "yes", "machine-auth-type": "tls", **flags})


OLD_FORMS = {
    "gateway": "vpn.example.com",
    "user": "alice",
    "ipsec-enabled": "yes",
    "ipsec-gateway-id": "@old",
    "ipsec-psk": "old key",
    "ipsec-force-udp-encaps": "yes",
    "accomp": "no",
    "use-cert": "yes",
    "cert-pub": "/etc/ssl/alice.crt",
    "cert-ca": "/etc/ssl/ca.crt",
    "cert-key": "/etc/ssl/alice.key",
    "unit": "3",
    "from-the-future": "1, 2",
    "refuse-chap": "no",
    "ipsec-pfs": "no",
    "require-mppe": "yes",
}


def case_old_forms_and_unknown_keys_stay():
    connections.add("old", OLD_FORMS, {"password": "pa ss#1"})
    reopen("old")
    expect("the data", dict(sorted(OLD_FORMS.items())), connections.data("old"))


def sentences(window):
    return [one.name for one in below(window) if one.getRoleName() == "label" and has(one, pyatspi.STATE_VISIBLE)]


def says(window, end):
    """Something that ends so, with or without a full stop."""
    return any(one.rstrip(".").endswith(end.rstrip(".")) for one in sentences(window))


def fits(title, frame=0):
    """The window, with a frame of so many lines, on a screen of 800x600."""
    window = xdotool("search", "--onlyvisible", "--name", f"^{title}$")[-1]
    size = [int(line.split("=")[1]) for line in xdotool("getwindowgeometry", "--shell", window) if line.startswith(("WIDTH", "HEIGHT"))]
    if size[0] > 790 or size[1] + frame > 600:
        raise NotSo(f"the window has {size[0]}x{size[1]}")


def case_window_fits_a_small_screen():
    connections.add("office", {"gateway": "vpn.example.com", "ipsec-enabled": "yes"})
    with editor("--edit", connections.uuid("office")) as program:
        window = program.window("Editing office")
        for section in fields.SECTIONS:
            fields.unfold(window, section)
        fits("Editing office", frame=30)


def key_bindings(window):
    """What is shown of the window and has a letter: (letter, name)."""
    for widget in below(window):
        if has(widget, pyatspi.STATE_SHOWING) and "Action" in pyatspi.listInterfaces(widget):
            action = widget.queryAction()
            yield from {(action.getKeyBinding(number), called(widget)) for number in range(action.nActions) if action.getKeyBinding(number)}


def case_mnemonics_do_not_collide():
    data = {"gateway": "vpn.example.com", "user": "alice", "ipsec-enabled": "yes"}
    for name, authentication in (("key", {}), ("certificates", {"machine-auth-type": "tls", "user-auth-type": "tls"})):
        connections.add(name, {**data, **authentication})
        with editor("--edit", connections.uuid(name)) as program:
            window = program.window(f"Editing {name}")
            xdotool("search", "--onlyvisible", "--name", f"^Editing {name}$", "windowsize", "--sync", "600", "900")
            wait(lambda: has(find(window, BUTTON, "L2TP tunnel"), pyatspi.STATE_SHOWING), "the whole page is shown")
            letters = list(key_bindings(window))
            if len(letters) < 12:
                raise NotSo(f"only these have letters: {letters}")
            expect(f"what shares a letter in {name}", [], [one for one in letters if sum(one[0] == other[0] for other in letters) > 1])


# (section, field, what is written, how the sentence ends that is said)
WRONG = (
    ("", "Gateway", "", "The gateway is missing."),
    ("", "Gateway", "300.1.2.3", "must be a whole IPv4 address (four numbers from 0 to 255) or a DNS name."),
    ("", "Gateway", "no_name", "must be an IPv4 or IPv6 address, or a DNS name (letters, digits, hyphens, dots)."),
    ("", "User name", "a" * 256, "must have at most 255 bytes."),
    ("", "NT domain", "a" * 256, "must have at most 255 bytes."),
    ("", "Pre-shared key", "a" * 1025, "must have at most 1024 bytes."),
    ("", "Password", "a" * 256, "must have at most 255 bytes."),
    ("More IPsec settings", "Remote ID", "a" * 1025, "must have at most 1024 bytes."),
    ("More IPsec settings", "Local ID (group name)", "a" * 1025, "must have at most 1024 bytes."),
    ("More IPsec settings", "Phase 1 algorithms", "aes256-sha256-modp999", "'modp999' is not a known group (did you mean 'modp2048'?)."),
    ("More IPsec settings", "Phase 1 algorithms", "aes256", "'aes256' names no integrity algorithm, such as 'sha256'."),
    ("More IPsec settings", "Phase 2 algorithms", "aes257-sha256", "'aes257' is not a known encryption algorithm (did you mean 'aes256'?)."),
    ("More IPsec settings", "Lifetime of phase 1 (s)", "2592001", "must be a whole number from 0 to 2592000."),
    ("More IPsec settings", "Lifetime of phase 2 (s)", "an hour", "must be a whole number from 0 to 2592000."),
    ("More IPsec settings", "Dead peer detection after (s)", "3601", "must be a whole number from 0 to 3600."),
    ("PPP link", "MTU (bytes)", "127", "must be a whole number from 128 to 16384."),
    ("PPP link", "MRU (bytes)", "16385", "must be a whole number from 128 to 16384."),
    ("PPP link", "Multilink, MRRU (bytes)", "1500x", "must be a whole number from 128 to 16384."),
    ("PPP link", "Send echo requests every (s)", "1000001", "must be a whole number from 0 to 1000000."),
    ("PPP link", "Unanswered requests before giving up", "-1", "must be a whole number from 0 to 1000000."),
    ("PPP link", "Number of the PPP interface", "one", "must be a whole number from 0 to 1000000."),
    ("L2TP tunnel", "Repetitions of a control message", "1e3", "must be a whole number from 0 to 1000000."),
    ("L2TP tunnel", "Server's address in the tunnel", "10.0.0", "must be an IPv4 address, such as 192.0.2.1."),
)


def case_what_is_wrong_is_said():
    connections.add("office", {"gateway": "vpn.example.com", "user": "alice", "ipsec-enabled": "yes", "lcp-echo-interval": "30"})
    with editor("--edit", connections.uuid("office")) as program:
        window = program.window("Editing office")
        button = find(window, BUTTON, "Save")
        opened = {""}
        for section, label, text, sentence in WRONG:
            if section not in opened:
                fields.unfold(window, section)
                opened.add(section)
            entry = find(window, ENTRY, label)
            before = read(entry)
            write(entry, text)
            wait(lambda: not sensitive(button), f"with the {label} '{text}' nothing can be saved")
            wait(lambda: says(window, sentence), lambda: f"with the {label} '{text[:40]}' it says '... {sentence}'; it says {sentences(window)}")
            write(entry, before)
            wait(lambda: sensitive(button), f"with the {label} '{before}' it can be saved")


def case_a_certificate_is_missing():
    connections.add("office", {"gateway": "vpn.example.com", "user": "alice", "ipsec-enabled": "yes"})
    with editor("--edit", connections.uuid("office")) as program:
        window = program.window("Editing office")
        button = find(window, BUTTON, "Save")
        for label, certificates in (("IPsec", 1), ("User authentication", 1)):
            choose(find(window, CHOICE, label), certificates)
            wait(lambda: not sensitive(button), f"with {label} by certificate and without one nothing can be saved")
            wait(lambda: "The certificate is missing." in sentences(window), "it says that the certificate is missing")
            choose(find(window, CHOICE, label), 0)
            wait(lambda: sensitive(button), "without certificates it can be saved")


def case_a_password_is_kept_where_one_wishes():
    data = {"gateway": "vpn.example.com", "user": "alice", "ipsec-enabled": "yes"}
    connections.add("office", data, {"password": "pa ss#1", "ipsec-psk": "key"})
    with editor("--edit", connections.uuid("office")) as program:
        window = program.window("Editing office")
        keep(program, find(window, ENTRY, "Password"), "Ask for this password every time")
        save(program, "office")
    expect("the data", {**data, "password-flags": "2"}, connections.data("office"))
    expect("the secrets", {"ipsec-psk": "key"}, connections.secrets("office"))


def case_what_is_unwise_is_said_and_can_be_saved():
    connections.add("office", {"gateway": "vpn.example.com", "user": "alice", "ipsec-enabled": "yes"})
    with editor("--edit", connections.uuid("office")) as program:
        window = program.window("Editing office")
        fields.unfold(window, "More IPsec settings")
        choose_called(find(window, CHOICE, "Perfect forward secrecy"), "Yes")
        wait(lambda: any("takes a group in the phase 2 algorithms" in one for one in sentences(window)), "it says what PFS takes")
        choose_called(find(window, CHOICE, "IPsec"), "None, not encrypted")
        wait(lambda: any("Everything is sent in clear" in one for one in sentences(window)), "it says that nothing is encrypted")
        save(program, "office")
    expect("IPsec", "no", connections.data("office")["ipsec-enabled"])


def case_presets_of_algorithms():
    connections.add("office", {"gateway": "vpn.example.com", "user": "alice", "ipsec-enabled": "yes", "ipsec-ike": "aes256-sha256-modp2048"})
    with editor("--edit", connections.uuid("office")) as program:
        window = program.window("Editing office")
        fields.unfold(window, "More IPsec settings")
        presets, phase1 = find(window, CHOICE, "Algorithms"), find(window, ENTRY, "Phase 1 algorithms")
        choose_called(presets, "For old servers")
        wait(lambda: "3des-sha1-modp1024" in read(phase1), "the field shows the preset's algorithms")
        wait(lambda: any("Weak by today's standards: " in one for one in sentences(window)), "it says that some are weak")
        choose_called(presets, "Automatic, from strong to old")
        wait(lambda: read(phase1) == "", "nothing is prescribed")
        choose_called(presets, "Strong only")
        wait(lambda: read(phase1).endswith("!"), "the list is short")
        save(program, "office")
    data = connections.data("office")
    expect("both phases have a short list", (True, True), (data["ipsec-ike"].endswith("!"), data["ipsec-esp"].endswith("!")))


def case_detection():
    """Nobody is there to answer, which it says, and the editor goes on."""
    connections.add("office", {"gateway": "127.0.0.1", "user": "alice", "ipsec-enabled": "yes"})
    with editor("--edit", connections.uuid("office")) as program:
        window = program.window("Editing office")
        fields.unfold(window, "More IPsec settings")
        press(find(window, BUTTON, "Detect"))
        wait(lambda: any("nothing listens on UDP port 500" in one for one in sentences(window)), "it says that nobody is there")
        save(program, "office")


APPLE = """<plist version="1.0"><dict><key>PayloadType</key><string>Configuration</string><key>PayloadContent</key><array><dict>
<key>PayloadType</key><string>com.apple.vpn.managed</string><key>VPNType</key><string>L2TP</string>
<key>UserDefinedName</key><string>apple</string>
<key>PPP</key><dict><key>AuthName</key><string>alice</string><key>CommRemoteAddress</key><string>vpn.example.com</string></dict>
<key>IPSec</key><dict><key>AuthenticationMethod</key><string>SharedSecret</string></dict></dict></array></dict></plist>
"""
WINDOWS = """[windows]
MEDIA=rastapi
Type=2
VpnStrategy=3
PreferredPort=VPN1-0
Device=WAN Miniport (L2TP)
PhoneNumber=vpn.example.com
IpSecFlags=1
"""


def import_file(name, text, connection):
    path = f"{os.environ['HOME']}/{name}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    with editor("--type=vpn", "--create") as program:
        chooser = program.any_window()
        choose_called(kinds_of(chooser), "Import a saved VPN configuration…")
        press(find(chooser, BUTTON, "Create…"))
        program.choose_file(path, "Open")
        program.window(f"Editing {connection}")
        save(program, connection)


def case_import_of_apples_file():
    import_file("office.mobileconfig", APPLE, "apple")
    data = connections.data("apple")
    expect("the gateway, the user and IPsec", ["vpn.example.com", "alice", "yes"], [data.get(key) for key in ("gateway", "user", "ipsec-enabled")])


def case_import_of_windows_file():
    import_file("rasphone.pbk", WINDOWS, "windows")
    expect("the gateway", "vpn.example.com", connections.data("windows")["gateway"])


def case_export_and_import():
    data = {"gateway": "vpn.example.com", "user": "alice", "ipsec-enabled": "yes", "mrru": "1500", "ipsec-ike": "aes256-sha256-modp2048!"}
    connections.add("office", data, {"password": "pa ss#1"})
    path = f"{os.environ['HOME']}/exported.conf"
    with editor("--edit", connections.uuid("office")) as program:
        press(find(program.window("Editing office"), BUTTON, "Export…"))
        program.choose_file(path, "Save")
        wait(lambda: os.path.exists(path), "the file is there")
    expect("the mode of the file", 0o600, os.stat(path).st_mode & 0o777)
    with open(path, encoding="utf-8") as file:
        exported = file.read()
    if "pa ss#1" in exported:
        raise NotSo("the export holds the password")
    connections.delete_all()
    import_file("imported.conf", exported, "office")
    expect("what came back", dict(sorted(data.items())), connections.data("office"))
