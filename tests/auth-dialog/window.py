"""A window on the screen, as somebody at the keyboard has it, and as assistive technology reads it."""

import subprocess
import time

import pyatspi

PATIENCE = 10  # s


def until(truth, what):
    """The first true answer within PATIENCE."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = truth()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"not within {PATIENCE} s: {what}")


def xdotool(*words):
    return subprocess.run(["xdotool", *words], capture_output=True, text=True, timeout=PATIENCE).stdout.split()


def windows(title):
    return xdotool("search", "--onlyvisible", "--name", title)


def keys(*names):
    xdotool("key", *names)


def write(text):
    xdotool("type", "--delay", "2", text)


class Window:
    def __init__(self, title):
        number = until(lambda: windows(title), f"a window {title!r}")[-1]
        until(lambda: xdotool("getactivewindow") == [number], f"the focus in {title!r}")

    def accessible(self):
        """Everything of ours that is on the accessibility bus."""
        return [node for application in pyatspi.Registry.getDesktop(0)
                if application and application.name == "nm-l2tp-auth-window"
                for node in pyatspi.findAllDescendants(application, lambda node: True)]

    def named(self, role):
        return [node.name for node in self.accessible() if node.getRoleName() == role]

    def field(self):
        """The name of the field that has the focus."""
        for node in self.accessible():
            if node.getState().contains(pyatspi.STATE_FOCUSED):
                return node.name
        return None
