"""The editor's fields: what a person does with each, and what is stored then."""

from screen import BUTTON, CHECK, CHOICE, ENTRY, below, called, choose, find, look, press, tick, wait, write


class Field:
    def __init__(self, label, value, **stored):
        self.label, self.value, self.stored = label, value, stored


class Text(Field):
    def fill(self, page):
        write(find(page, ENTRY, self.label), self.value)


class Choice(Field):
    """VALUE is the item's number."""

    def fill(self, page):
        choose(find(page, CHOICE, self.label), self.value)


class Toggle(Field):
    def fill(self, page):
        tick(find(page, CHECK, self.label), self.value)


def by_key(page, key):
    """What describes itself as that key's; of a certificate's and its key's names there are two each."""
    return wait(lambda: next(one for one in below(page) if f"Key {key};" in one.description), f"a widget says that it is for {key}")


def unfold(page, title):
    """Or folds it. In GTK 4 the title may be in the button, not its name."""

    def folds():
        return (one for one in below(page) if one.getRoleName() in BUTTON and (called(one) == title or look(one, ("label",), title)))

    press(wait(lambda: next(folds()), f"there is a section {title}"))


USER = (
    Text("Gateway", "vpn.example.com", gateway="vpn.example.com"),
    Text("User name", "alice", user="alice"),
    Text("NT domain", "WORK", domain="WORK"),
)

IPSEC = (
    Text("Remote ID", "server.example.com", ipsec_remote_id="server.example.com"),
    Text("Local ID (group name)", "@staff", ipsec_group_name="@staff"),
    Text("Phase 1 algorithms", "aes256-sha256-modp2048,aes128-sha1-modp1024!", ipsec_ike="aes256-sha256-modp2048,aes128-sha1-modp1024!"),
    Text("Phase 2 algorithms", "aes256-sha256-modp2048", ipsec_esp="aes256-sha256-modp2048"),
    Choice("Perfect forward secrecy", 1, ipsec_pfs="yes"),
    Text("Lifetime of phase 1 (s)", "28800", ipsec_ikelifetime="28800"),
    Text("Lifetime of phase 2 (s)", "3600", ipsec_salifetime="3600"),
    Text("Dead peer detection after (s)", "20", ipsec_dpd_delay="20"),
    Toggle("Always wrap ESP in UDP", True, ipsec_forceencaps="yes"),
    Toggle("IP compression", True, ipsec_ipcomp="yes"),
    Toggle("Use IKEv2", True, ipsec_ikev2="yes"),
)

METHODS = (
    Toggle("Allow MS-CHAP", False, refuse_mschap="yes"),
    Toggle("Allow CHAP", False, refuse_chap="yes"),
    Toggle("Allow PAP", False, refuse_pap="yes"),
    Toggle("Allow EAP", False, refuse_eap="yes"),
    Toggle("Allow MS-CHAPv2", False, refuse_mschapv2="yes"),
)

MPPE = (
    Choice("Microsoft encryption (MPPE)", 3, require_mppe_128="yes"),
    Toggle("Allow stateful MPPE", True, mppe_stateful="yes"),
)

LINK = (
    Text("MTU (bytes)", "1350", mtu="1350"),
    Text("MRU (bytes)", "1360", mru="1360"),
    Text("Multilink, MRRU (bytes)", "1500", mrru="1500"),
    Text("Send echo requests every (s)", "30", lcp_echo_interval="30"),
    Text("Unanswered requests before giving up", "4", lcp_echo_failure="4"),
    Text("Number of the PPP interface", "7", unit="7"),
    Toggle("Allow BSD compression", False, nobsdcomp="yes"),
    Toggle("Allow Deflate compression", False, nodeflate="yes"),
    Toggle("Allow TCP header compression", False, no_vj_comp="yes"),
    Toggle("Allow protocol field compression", False, nopcomp="yes"),
    Toggle("Allow address and control field compression", False, noaccomp="yes"),
)

TUNNEL = (
    Toggle("Use a free source port instead of 1701", True, ephemeral_port="yes"),
    Text("Repetitions of a control message", "8", xl2tpd_max_retries="8"),
    Text("Server's address in the tunnel", "10.0.0.1", ipcp_peer_ip="10.0.0.1"),
)

SECTIONS = {"More IPsec settings": IPSEC, "PPP authentication and encryption": METHODS, "PPP link": LINK, "L2TP tunnel": TUNNEL}


def stored(fields):
    return {key.replace("_", "-"): value for field in fields for key, value in field.stored.items()}
