"""Programs with windows, used as a person uses them: widgets are found by what accessibility says of them.

The same for GTK 3 and GTK 4. What is not there yet is waited for; nothing sleeps for a fixed time.
"""

import os
import subprocess
import time

import pyatspi
from gi.repository import GLib

# libatspi warns of a program that has ended meanwhile.
GLib.log_set_handler("dbind", GLib.LogLevelFlags.LEVEL_WARNING, lambda *_: None, None)

PATIENCE = float(os.environ.get("PATIENCE", 30))  # s

ENTRY = ("text", "password text", "entry", "spin button")
BUTTON = ("push button", "toggle button")
CHECK = ("check box", "radio button")
CHOICE = ("combo box",)


class NotSo(Exception):
    """Something that was expected; its text says so, and what there is instead."""


def wait(question, what, seconds=None):
    """The first true answer of question(); NotSo when there is none for too long. WHAT may be a function: it is asked at the end."""
    end = time.monotonic() + (seconds or PATIENCE)
    while True:
        try:
            answer = question()
        except NotSo:
            raise
        except Exception:  # a widget may end while it is looked at; the bus then gives errors of many kinds
            answer = None
        if answer:
            return answer
        if time.monotonic() > end:
            raise NotSo(f"this does not come true: {what() if callable(what) else what}")
        time.sleep(0.02)


def below(widget):
    """The widget and all that is in it, from the top."""
    yield widget
    for child in widget:
        if child is not None:
            yield from below(child)


def called(widget):
    """Its name, or its label's, without marks for the keyboard. GTK 4 repeats a button's name with its label's: "_Apply Apply"."""
    name = widget.name or " ".join(
        label.name for relation in widget.getRelationSet() if relation.getRelationType() == pyatspi.RELATION_LABELLED_BY for label in targets(relation)
    )
    name = name.replace("_", "").strip().rstrip(":")
    half = len(name) // 2
    return name[:half] if len(name) % 2 and name[half] == " " and name[:half] == name[half + 1 :] else name


def targets(relation):
    return [relation.getTarget(number) for number in range(relation.getNTargets())]


def look(root, roles, name):
    """The first widget of that name, or nothing."""
    for widget in below(root):
        if widget.getRoleName() in roles and called(widget) == name:
            return widget
    return None


def find(root, roles, name):
    def names():
        return f"{'/'.join(roles)} '{name}' in '{called(root)}', which has {sorted({called(one) for one in below(root) if one.getRoleName() in roles})}"

    def again():
        root.clear_cache()  # libatspi does not always hear of what has come into view
        return look(root, roles, name)

    return look(root, roles, name) or wait(again, names)


def has(widget, state):
    return widget.getState().contains(state)


def sensitive(widget):
    return has(widget, pyatspi.STATE_SENSITIVE)


def press(widget):
    """A button, a check box, a switch."""
    wait(lambda: sensitive(widget), lambda: f"'{called(widget)}' can be pressed: {widget.description}")
    action = widget.queryAction()
    if action.nActions > 0:
        action.doAction(0)
    else:  # GTK 4.8's check buttons
        focus(widget)
        keys("space")


def write(widget, text):
    """Makes TEXT the entry's."""
    wait(lambda: sensitive(widget), f"'{called(widget)}' can be written in")
    widget.queryEditableText().setTextContents(text)


def read(widget):
    return widget.queryText().getText(0, -1)


def choose(widget, number):
    """The NUMBERth item of a list of choices, from 0."""
    wait(lambda: sensitive(widget), f"'{called(widget)}' can be chosen from")
    widget.querySelection().selectChild(number)


def items_of(widget):
    return [one for one in below(widget) if one.getRoleName() in ("menu item", "separator")]


def choose_called(widget, name):
    """GTK 3: its items are below it."""
    choose(widget, [called(one) for one in items_of(widget)].index(name))


def tick(widget, wanted):
    if has(widget, pyatspi.STATE_CHECKED) != wanted:
        press(widget)
    wait(lambda: has(widget, pyatspi.STATE_CHECKED) == wanted, f"'{called(widget)}' is {'on' if wanted else 'off'}")


def xdotool(*words):
    return subprocess.run(["xdotool", *words], check=True, capture_output=True, text=True).stdout.split()


def keys(*names):
    """Keys that are pressed one after another, as xdotool names them, by whoever has the focus."""
    xdotool("key", "--clearmodifiers", *names)


def focus(widget):
    """GTK 4.8 can't be told where the focus is to go: there Tab is pressed until it has come round."""

    def focused():
        return has(widget, pyatspi.STATE_FOCUSED)

    try:
        widget.queryComponent().grabFocus()
        wait(focused, f"'{called(widget)}' has the focus")
    except GLib.Error:
        for _ in range(100):
            try:
                return wait(focused, "", 0.1)
            except NotSo:
                keys("Tab")
        raise NotSo(f"'{called(widget)}' is not reached by Tab") from None


class Program:
    """A program that runs, from its start until the end of `with`."""

    def __init__(self, *command, **environment):
        self.name = os.path.basename(command[0])
        self.log = open(f"{os.environ['WORLD']}/{self.name}.log", "a", encoding="utf-8")
        self.process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=self.log, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()
        wait(lambda: not self._on_bus(), f"{self.name} has left the accessibility bus")

    def _on_bus(self):
        return [one for one in pyatspi.Registry.getDesktop(0) if one is not None and one.name == self.name]

    def windows(self):
        return [window for application in self._on_bus() for window in application if window is not None]

    def window(self, *names):
        """Its window that is called one of NAMES."""
        return wait(
            lambda: next((one for one in self.windows() if one.name.strip() in names), None),
            lambda: f"{self.name} has the window {' or '.join(names)}; it has {[one.name for one in self.windows()]}",
        )

    def any_window(self):
        return wait(lambda: next(iter(self.windows()), None), f"{self.name} has a window")

    def choose_file(self, path, button):
        """In GTK 3's dialog for files: what is typed is a path when it begins like one."""
        dialog = wait(lambda: next(one for one in self.windows() if one.getRoleName() == "file chooser" and has(one, pyatspi.STATE_SHOWING)), lambda: f"{self.name} asks for {path}; its windows are {[one.name for one in self.windows()]}")
        wait(lambda: has(dialog, pyatspi.STATE_ACTIVE), "the dialog for files is the active window")
        where = [one for one in below(dialog) if one.getRoleName() in ENTRY and has(one, pyatspi.STATE_SHOWING)]
        if not where:
            keys("slash")  # the key for typing a path
        write(wait(lambda: next(one for one in below(dialog) if one.getRoleName() in ENTRY and has(one, pyatspi.STATE_SHOWING)), "a path can be typed"), path)
        press(find(dialog, BUTTON, button))
        wait(lambda: dialog not in self.windows() or not has(dialog, pyatspi.STATE_SHOWING), "the dialog for files is gone")

    def window_with(self, roles, name):
        """Its window with such a widget."""
        return wait(
            lambda: next((one for one in self.windows() if look(one, roles, name)), None),
            lambda: f"{self.name} has a window with '{name}'; it has {[one.name for one in self.windows()]}",
        )
