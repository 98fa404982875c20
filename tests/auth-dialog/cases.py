"""What the secrets dialog asks each of its callers for, and its window. Run by `run`, on a desktop of its own."""

import subprocess
import sys
import time
import traceback

import gi

gi.require_version("Atspi", "2.0")

from agents import Outcome, Request, end_all, gnome_shell, lines_of, nm_applet, nmcli, start
from keyring import MASTER, Keyring
from window import Window, keys, until, windows, write

KEPT = "uuid-kept"
TITLE = "Authentication required"
PLAIN = {"gateway": "vpn.example.com", "user": "alice"}
IPSEC = {**PLAIN, "ipsec-enabled": "yes"}
CALLERS = {"GNOME Shell": gnome_shell, "nm-applet": nm_applet, "nmcli": nmcli}


def same(what, wanted, seen):
    assert wanted == seen, f"{what}: wanted {wanted!r}, seen {seen!r}"


# --- Each way of keeping a password: who is asked for it, and who gets it without a question

# flags, where it is kept, asked again: what a client sees ("asked", the value that it returns, or nothing), and nmcli if otherwise.
STORAGE = [
    ("0", "nowhere", False, "asked"),
    ("0", "profile", False, "given"),
    ("0", "keyring", False, "asked"),
    ("0", "profile", True, "asked"),
    ("1", "nowhere", False, "asked"),
    ("1", "profile", False, "given"),
    ("1", "keyring", False, "kept", "asked"),
    ("1", "both", False, "given"),
    ("1", "keyring", True, "asked"),
    ("2", "nowhere", False, "asked"),
    ("2", "profile", False, "asked"),
    ("2", "keyring", False, "asked"),
    ("3", "keyring", False, "asked"),
    ("4", "nowhere", False, ""),
    ("4", "nowhere", True, ""),
    ("4", "profile", False, "given"),
    ("4", "keyring", False, ""),
    ("5", "keyring", False, "kept", ""),
    ("5", "nowhere", False, ""),
]


def storage_case(caller, flags, where, again, seen, by_nmcli=None):
    request = Request({**PLAIN, "password-flags": flags}, again=again,
                      uuid=KEPT if where in ("keyring", "both") else "uuid-unknown",
                      secrets={"password": "given"} if where in ("profile", "both") else {})
    outcome = CALLERS[caller](request)
    if caller == "nmcli":
        seen = seen if by_nmcli is None else by_nmcli
        seen = "" if seen == "given" else seen
    same("asked", {"password": "Password"} if seen == "asked" else {}, outcome.asked)
    same("returned", {} if seen in ("asked", "") else {"password": seen}, outcome.returned)


def storage_cases():
    for flags, where, again, *seen in STORAGE:
        for caller in CALLERS:
            name = f"flags {flags}, kept {where}{', reprompt' if again else ''}: {caller}"
            yield name, lambda row=(caller, flags, where, again, *seen): storage_case(*row)


# --- What the clients do differently

def two_are_asked_and_labelled(caller):
    same("asked", {"ipsec-psk": "Pre-shared key", "password": "Password"}, CALLERS[caller](Request(IPSEC)).asked)


def without_interaction_nothing_is_asked():
    outcome = gnome_shell(Request({**IPSEC, "password-flags": "1"}, uuid=KEPT, interaction=False))
    same("outcome", Outcome({}, {"password": "kept"}), outcome)


def a_hint_asks_for_that_one_and_returns_the_other():
    data = {**IPSEC, "password-flags": "1", "ipsec-psk-flags": "1"}
    outcome = gnome_shell(Request(data, uuid=KEPT, hints=("ipsec-psk", "x-vpn-message:The key is wrong.")))
    same("outcome", Outcome({"ipsec-psk": "Pre-shared key"}, {"password": "kept"}), outcome)


def a_hinted_secret_is_asked_though_the_keyring_has_it():
    data = {**PLAIN, "password-flags": "1"}
    same("asked", {"password": "Password"}, gnome_shell(Request(data, uuid=KEPT, hints=("password",))).asked)


def gnome_shell_gets_raw_values_back():
    value = " wi=th \\ ; [x]\té "
    same("returned", {"password": value}, gnome_shell(Request(PLAIN, {"password": value})).returned)


def nm_applet_gets_spaces_for_newlines():
    same("returned", {"password": "one two"}, nm_applet(Request(PLAIN, {"password": "one\ntwo"})).returned)


def nmcli_writes_values_of_several_lines():
    data = {**IPSEC, "ipsec-remote-id": "one\nSECRET_KEY=password\nSECRET_VAL=forged"}
    same("asked", ["ipsec-psk", "password"], sorted(nmcli(Request(data)).asked))


# --- The keyring: in this order, for the later ones lock it

KEYRING_REQUEST = Request({**PLAIN, "password-flags": "1"}, uuid=KEPT)
ASKED = Outcome({"password": "Password"}, {})
RETURNED = Outcome({}, {"password": "kept"})


def without_interaction_no_unlock_prompt_appears():
    same("outcome", Outcome({}, {}), gnome_shell(Request(KEYRING_REQUEST.data, uuid=KEPT, interaction=False)))
    same("windows", [], windows("."))


def without_a_display_a_locked_keyring_is_no_keyring():
    same("outcome", ASKED, gnome_shell(KEYRING_REQUEST, {"DISPLAY": None}))
    same("windows", [], windows("."))


def without_a_bus_there_is_no_keyring():
    nothing = {"DBUS_SESSION_BUS_ADDRESS": None, "XDG_RUNTIME_DIR": None}
    same("outcome", ASKED, gnome_shell(KEYRING_REQUEST, nothing))
    same("outcome", ASKED, gnome_shell(KEYRING_REQUEST, {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}))


def prompted(answer):
    """What GNOME Shell sees when somebody answers the keyring's own question."""
    dialog = start("gnome-shell", KEYRING_REQUEST.arguments() + ["--external-ui-mode"])
    dialog.stdin.write(lines_of(KEYRING_REQUEST, str) + "DONE\n\n")
    dialog.stdin.flush()
    Window(".")
    answer()
    output, errors = dialog.communicate(timeout=20)
    same("exit status", 0, dialog.returncode)
    return output


def a_prompt_that_is_dismissed_leaves_the_question_to_us():
    assert "ShouldAsk=true" in prompted(lambda: keys("Escape"))


def a_prompt_that_is_answered_opens_the_keyring():
    def answer():
        write(MASTER)
        keys("Return")

    output = prompted(answer)
    assert "Value=kept" in output and "ShouldAsk=false" in output, output


def a_keyring_that_does_not_answer_is_given_up():
    """On a bus of its own, beside the other cases: it takes its 5 s."""
    keyring = Keyring()
    keyring.store(KEPT, "password", "kept")
    same("before", RETURNED, gnome_shell(KEYRING_REQUEST))
    keyring.freeze()
    began = time.monotonic()
    same("frozen", ASKED, gnome_shell(KEYRING_REQUEST))
    assert time.monotonic() - began < 8
    keyring.end()


# --- The window

def open_dialog(request, environment=None):
    """As nm-applet without an external UI: DONE and QUIT at once."""
    dialog = start("nm-applet", request.arguments(), environment)
    dialog.stdin.write(lines_of(request, str) + "DONE\n\nQUIT\n\n")
    dialog.stdin.flush()
    return dialog


def ends(dialog, status, output):
    seen, errors = dialog.communicate(timeout=10)
    same("exit status and output", (status, output), (dialog.returncode, seen))
    until(lambda: not windows(TITLE), "the window is gone")
    return errors


def the_typed_answers_arrive():
    dialog = open_dialog(Request(IPSEC))
    Window(TITLE)
    write('ps k$"\\')
    keys("Tab")
    write("one=two")
    keys("Return")
    ends(dialog, 0, 'ipsec-psk\nps k$"\\\npassword\none=two\n\n\n')


def a_client_of_the_old_kind_says_quit_later():
    request = Request(IPSEC, {"ipsec-psk": "known"})
    dialog = start("gnome-shell", request.arguments())
    dialog.stdin.write(lines_of(request, str) + "DONE\n\n")
    dialog.stdin.flush()
    Window(TITLE)
    write("typed")
    keys("Return")
    lines = [dialog.stdout.readline() for _ in range(6)]
    same("lines", ["ipsec-psk\n", "known\n", "password\n", "typed\n", "\n", "\n"], lines)
    assert dialog.poll() is None, "it does not wait for QUIT"
    dialog.stdin.write("QUIT\n\n")
    ends(dialog, 0, "")


def escape_cancels():
    dialog = open_dialog(Request(IPSEC))
    Window(TITLE)
    write("half")
    keys("Escape")
    same("errors", "", ends(dialog, 1, ""))


def closing_the_window_cancels():
    dialog = open_dialog(Request(PLAIN))
    Window(TITLE)
    keys("alt+F4")
    ends(dialog, 1, "")


def the_window_goes_with_the_dialog():
    dialog = open_dialog(Request(PLAIN))
    Window(TITLE)
    dialog.terminate()
    ends(dialog, -15, "")


def mnemonics_reach_everything_and_names_are_read_out():
    dialog = open_dialog(Request(IPSEC))
    window = Window(TITLE)
    same("fields", ["Pre-shared key", "Password"], until(lambda: window.named("password text"), "fields"))
    same("boxes", ["Show passwords"], window.named("check box"))
    same("buttons", ["Cancel", "Connect"], window.named("push button"))
    for key, name in (("alt+p", "Password"), ("alt+k", "Pre-shared key")):
        keys(key)
        until(lambda: window.field() == name, f"the focus on {name}")
    write("psk")
    keys("Return")  # one is missing: it stays
    keys("alt+p")
    write("password")
    keys("alt+o")
    ends(dialog, 0, "ipsec-psk\npsk\npassword\npassword\n\n\n")


def only_passwords_that_are_shown_can_be_copied():
    dialog = open_dialog(Request(IPSEC))
    Window(TITLE)
    write("psk")
    keys("alt+p")
    write("password")
    for press in ((), ("alt+s",)):
        keys(*press, "alt+p", "ctrl+a", "ctrl+c", "alt+k", "End", "ctrl+v")
        write(";")
    keys("Return")
    ends(dialog, 0, "ipsec-psk\npsk;password;\npassword\npassword\n\n\n")


def only_what_is_missing_has_a_row():
    dialog = open_dialog(Request(IPSEC, {"password": "known"}))
    window = Window(TITLE)
    same("fields", ["Pre-shared key"], until(lambda: window.named("password text"), "fields"))
    assert not any("known" in node.name for node in window.accessible())
    keys("alt+c")
    ends(dialog, 1, "")


def what_the_keyring_has_needs_no_window():
    ends(open_dialog(KEYRING_REQUEST), 0, "password\nkept\n\n\n")


def without_a_display_it_says_so():
    errors = ends(open_dialog(Request(PLAIN), {"DISPLAY": None}), 1, "")
    assert "no window" in errors, errors


# --- All of them

def cases():
    yield from storage_cases()
    for caller in CALLERS:
        yield f"two are asked and labelled: {caller}", lambda caller=caller: two_are_asked_and_labelled(caller)
    for case in (
        without_interaction_nothing_is_asked,
        a_hint_asks_for_that_one_and_returns_the_other,
        a_hinted_secret_is_asked_though_the_keyring_has_it,
        gnome_shell_gets_raw_values_back,
        nm_applet_gets_spaces_for_newlines,
        nmcli_writes_values_of_several_lines,
        what_the_keyring_has_needs_no_window,
        the_typed_answers_arrive,
        a_client_of_the_old_kind_says_quit_later,
        escape_cancels,
        closing_the_window_cancels,
        the_window_goes_with_the_dialog,
        mnemonics_reach_everything_and_names_are_read_out,
        only_passwords_that_are_shown_can_be_copied,
        only_what_is_missing_has_a_row,
        without_a_display_it_says_so,
        LOCKED_FROM_HERE,
        without_interaction_no_unlock_prompt_appears,
        without_a_display_a_locked_keyring_is_no_keyring,
        without_a_bus_there_is_no_keyring,
        a_prompt_that_is_dismissed_leaves_the_question_to_us,
        a_prompt_that_is_answered_opens_the_keyring,
    ):
        yield getattr(case, "__name__", case).replace("_", " "), case


LOCKED_FROM_HERE = "locked from here"


def main(names):
    if names == ["--frozen"]:
        return a_keyring_that_does_not_answer_is_given_up()
    frozen = subprocess.Popen(["dbus-run-session", "--", sys.executable, __file__, "--frozen"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    keyring = Keyring()
    keyring.store(KEPT, "password", "kept")
    passed = failed = 0

    def count(name, trouble):
        nonlocal passed, failed
        passed, failed = passed + (not trouble), failed + bool(trouble)
        print(f"FAIL {name}\n{trouble}" if trouble else f"ok {name}", flush=True)

    for name, case in cases():
        if case is LOCKED_FROM_HERE:
            keyring.lock()
        elif not names or name in names:
            try:
                case()
                count(name, "")
            except Exception:
                count(name, traceback.format_exc())
                end_all()
    _, errors = frozen.communicate(timeout=30)
    count("a keyring that does not answer is given up", errors if frozen.returncode else "")
    keyring.end()
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main(sys.argv[1:]))
