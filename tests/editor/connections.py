"""Connections as NetworkManager stores them, asked for and changed by nmcli."""

import re
import subprocess


def nmcli(*words):
    return subprocess.run(["nmcli", *words], check=True, capture_output=True, text=True).stdout.rstrip("\n")


def names():
    """Of all VPN connections."""
    return sorted(line.partition(":")[2] for line in nmcli("-t", "-f", "TYPE,NAME", "connection", "show").splitlines() if line.startswith("vpn:"))


def delete_all():
    if names():
        nmcli("connection", "delete", *names())


def written(items):
    """As nmcli reads a list of items: a comma ends one unless it is escaped."""
    return ",".join(key + "=" + re.sub(r"([\\,])", r"\\\1", value) for key, value in items.items())


def add(name, data, secrets=None):
    nmcli("connection", "add", "type", "vpn", "vpn-type", "l2tp", "con-name", name, "vpn.data", written(data), "vpn.secrets", written(secrets or {}))


def uuid(name):
    return nmcli("-g", "connection.uuid", "connection", "show", name)


def items(name, field):
    text = nmcli("-s", "-e", "no", "-g", field, "connection", "show", name)
    pairs = re.findall(r"([a-z0-9-]+) = (.*?)(?:, (?=[a-z0-9-]+ = )|$)", text)
    return {key: re.sub(r"\\(.)", r"\1", value) for key, value in pairs}


def data(name):
    return items(name, "vpn.data")


def secrets(name):
    return items(name, "vpn.secrets")


def whole(name):
    """All that nmcli shows of it, but for when it was used last, and for what nm-connection-editor always decides itself."""
    return [line for line in nmcli("-s", "connection", "show", name).splitlines() if not line.startswith(("connection.timestamp", "ipv6.addr-gen-mode"))]
