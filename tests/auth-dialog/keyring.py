"""A real keyring (gnome-keyring) on this session's bus, unlocked with a password of its own."""

import signal
import subprocess

MASTER = "opens the keyring"


class Keyring:
    def __init__(self):
        self.daemon = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self.daemon.stdin.write(MASTER)
        self.daemon.stdin.close()
        subprocess.run(["gdbus", "wait", "--session", "--timeout", "10", "org.freedesktop.secrets"], check=True)

    def store(self, uuid, secret, value):
        """As NetworkManager's agents do."""
        subprocess.run(
            ["secret-tool", "store", "--label", f"{secret} of {uuid}",
             "connection-uuid", uuid, "setting-name", "vpn", "setting-key", secret],
            input=value, text=True, check=True)

    def lock(self):
        subprocess.run(
            ["gdbus", "call", "--session", "--dest", "org.freedesktop.secrets",
             "--object-path", "/org/freedesktop/secrets", "--method", "org.freedesktop.Secret.Service.Lock",
             "['/org/freedesktop/secrets/collection/login']"], check=True, stdout=subprocess.DEVNULL)

    def freeze(self):
        self.daemon.send_signal(signal.SIGSTOP)

    def end(self):
        self.daemon.kill()
        self.daemon.wait()
