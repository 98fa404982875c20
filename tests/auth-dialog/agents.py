"""NetworkManager's clients, each running the dialog and reading its form by its own rules."""

import os
import subprocess
from dataclasses import dataclass, field

from gi.repository import GLib

DIALOG = os.environ["DIALOG_DIR"] + "/nm-l2tp-auth-dialog"
SERVICE = "org.freedesktop.NetworkManager.l2tp"
UI = "VPN Plugin UI"


@dataclass
class Request:
    data: dict
    secrets: dict = field(default_factory=dict)
    uuid: str = "8c2f0b5e-office"
    name: str = "office"
    interaction: bool = True
    again: bool = False
    hints: tuple = ()

    def arguments(self):
        words = [DIALOG, "-u", self.uuid, "-n", self.name, "-s", SERVICE]
        words += ["-i"] * self.interaction + ["-r"] * self.again
        for hint in self.hints:
            words += ["-t", hint]
        return words


@dataclass
class Outcome:
    asked: dict  # key: what stands beside the entry
    returned: dict  # key: what NetworkManager gets without a question


def lines_of(request, written):
    """The profile on the dialog's standard input, each value as `written` says."""
    text = ""
    for kind, items in (("DATA", request.data), ("SECRET", request.secrets)):
        for key, value in items.items():
            text += f"{kind}_KEY={key}\n{kind}_VAL={written(value)}\n\n"
    return text


started = []


def end_all():
    """After a failure: nothing of it is left for the next case."""
    while started:
        dialog = started.pop()
        dialog.kill()
        dialog.wait()


def start(caller, words, environment=None):
    """The dialog as a child of a process called `caller`."""
    with open("/proc/self/comm", "w") as name:
        name.write(caller)
    pipe = subprocess.PIPE
    changed = {**os.environ, **(environment or {})}
    kept = {name: value for name, value in changed.items() if value is not None}
    started.append(subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, env=kept, text=True))
    return started[-1]


def form_from(caller, request, text, environment):
    dialog = start(caller, request.arguments() + ["--external-ui-mode"], environment)
    output, errors = dialog.communicate(text, timeout=20)
    assert dialog.returncode == 0, f"exit status {dialog.returncode}: {errors}"
    form = GLib.KeyFile()
    form.load_from_data(output, len(output.encode()), GLib.KeyFileFlags.NONE)
    return form, form.get_groups()[0]


def gnome_shell(request, environment=None):
    """Raw values; says QUIT later. Each key must be there, or it throws; what need not be asked is returned if there is a value."""
    form, groups = form_from("gnome-shell", request, lines_of(request, str) + "DONE\n\n", environment)
    assert form.get_integer(UI, "Version") == 2
    assert form.get_string(UI, "Title") and form.get_string(UI, "Description")
    outcome = Outcome({}, {})
    for group in groups:
        if group == UI:
            continue
        value = form.get_string(group, "Value")
        if form.get_boolean(group, "ShouldAsk"):
            assert form.get_boolean(group, "IsSecret")
            assert value == "", f"{group} is shown with what is stored"
            outcome.asked[group] = form.get_string(group, "Label")
        elif value:
            outcome.returned[group] = value
    return outcome


def nm_applet(request, environment=None):
    """Newlines become spaces; DONE and QUIT at once. A group without a label is skipped, and so is a fourth password."""
    text = lines_of(request, lambda value: value.replace("\n", " ")) + "DONE\n\nQUIT\n\n"
    form, groups = form_from("nm-applet", request, text, environment)
    assert form.get_integer(UI, "Version") == 2
    assert form.get_string(UI, "Title") and form.get_string(UI, "Description")
    outcome = Outcome({}, {})
    for group in groups:
        if group == UI or "Label" not in form.get_keys(group)[0]:
            continue
        value = form.get_string(group, "Value")
        if not form.get_boolean(group, "ShouldAsk"):
            outcome.returned[group] = value
        elif len(outcome.asked) < 3:
            assert value == "", f"{group} is shown with what is stored"
            outcome.asked[group] = form.get_string(group, "Label")
    return outcome


def nmcli(request, environment=None):
    """A value's further lines begin with "="; DONE and QUIT at once. It asks, and returns nothing of what is known."""
    text = lines_of(request, lambda value: value.replace("\n", "\n=")) + "DONE\nQUIT\n"
    form, groups = form_from("nmcli", request, text, environment)
    assert groups[0] == UI
    assert form.get_string(UI, "Title") and form.get_string(UI, "Description")
    asked = {
        group: form.get_string(group, "Label")
        for group in groups[1:]
        if form.get_boolean(group, "IsSecret") and form.get_boolean(group, "ShouldAsk")
    }
    return Outcome(asked, {})
