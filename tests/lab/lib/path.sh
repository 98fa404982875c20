# shellcheck shell=dash
# shellcheck disable=SC2153 # SRV is world.sh's
# What can stand on the path between client and server, for the cases that ask for it: NATs and firewalls on the router `net`,
# a second link to it, a second client behind that, and a third server. The lab takes it all away after the case. (iptables-legacy: UML's kernel has no NAT for nftables.)
PATH_CHANGED='' NAT=198.51.100.254 SRV_OWN='' LINK2=''

path_rules() { # [-n]: lines as iptables-restore reads them; -n: beside those that are there
  PATH_CHANGED=1
  XTABLES_LOCKFILE=/w/xtables.lock ip netns exec net iptables-legacy-restore "$@" || fail 'the router does not take its rules'
}

# Clients reach the server srv from the router's own address NAT, and from source ports of its choice.
clients_behind_nat() {
  path_rules -n <<X
*nat
-A POSTROUTING -o out -s 192.0.2.0/23 -j MASQUERADE --random-fully
COMMIT
X
}

# The server srv has a private address alone, SRV_OWN; the router has SRV, and hands IKE and ESP in UDP on to it. To be called
# before server_up.
server_behind_nat() {
  SRV_OWN=10.20.0.1
  ip -n srv -batch - <<X
addr del $SRV/24 dev out
addr add $SRV_OWN/24 dev out
route add default via 10.20.0.254
X
  ip -n net -batch - <<X
addr add 10.20.0.254/24 dev out
addr add $SRV/32 dev lo
X
  path_rules -n <<X
*nat
-A PREROUTING -d $SRV -p udp -m multiport --dports 500,4500 -j DNAT --to-destination $SRV_OWN
COMMIT
X
}

# The router lets no bare ESP pass.
esp_dropped() {
  path_rules -n <<X
*filter
-A FORWARD -p esp -j DROP
COMMIT
X
}

# The router lets nothing pass to UDP port 4500.
nat_t_dropped() {
  path_rules -n <<X
*filter
-A FORWARD -p udp --dport 4500 -j DROP
COMMIT
X
}

# A second link to the router, `cl2`, in the namespace NETNS (default: the client's, without an address).
second_link() { # [NETNS]
  LINK2=1
  ip -n net link add cl2 type veth peer name cl2 netns "${1:-1}"
  ip -n net -batch - <<'X'
addr add 192.0.3.1/24 dev cl2
link set cl2 up
X
}

second_link_down() {
  ip -n net link del cl2
  LINK2=''
}

# A second client, 192.0.3.2, with a NetworkManager of its own. `client2 COMMAND...` runs there.
client2_up() {
  ip netns add client2
  second_link client2
  mkdir -p /w/client2
  sed 's/=cl$/=cl2/; s/192\.0\.2\./192.0.3./g' /etc/NetworkManager/system-connections/base.nmconnection >/w/client2/base.nmconnection
  chmod 600 /w/client2/base.nmconnection
  cat >/w/client2/start <<'X'
for place in /run /var/lib/NetworkManager /etc/NetworkManager/system-connections; do mount -t tmpfs own $place; done
cp /w/client2/base.nmconnection /etc/NetworkManager/system-connections/
mount -o remount,ro /sys # as guest-init says
mkdir -p /run/dbus /run/NetworkManager
dbus-daemon --system --fork
ip link set lo up
exec NetworkManager --log-level=INFO --debug
X
  ip netns exec client2 unshare -m sh /w/client2/start >/w/client2/nm.log 2>&1 &
  CLIENT2_PID=$!
  wait_for 20 grep -q 'NetworkManager state is now CONNECTED_[GS]' /w/client2/nm.log || fail "the second client's NetworkManager does not start"
}
client2() { nsenter -m -n -t "$CLIENT2_PID" "$@"; }

client2_down() {
  local pids
  pids=$(ip netns pids client2)
  # shellcheck disable=SC2086
  kill -KILL $pids
  second_link_down
  ip netns del client2
  rm -rf /w/client2
}

# A third server's place, `srv3`: 203.0.114.1, behind it 10.97.0.1. `server_up srv3` makes the server.
third_place() {
  ip netns add srv3
  ip -n net link add out3 type veth peer name out netns srv3
  ip -n net -batch - <<'X'
addr add 203.0.114.254/24 dev out3
link set out3 up
X
  ip -n srv3 -batch - <<X
link set lo up
addr add $SRV3/24 dev out
link set out up
route add default via 203.0.114.254
addr add $INSIDE3/32 dev lo
X
}

path_restore() {
  if [ -e /run/netns/srv3 ]; then
    ip -n net link del out3
    ip netns del srv3
  fi
  [ ! -d /w/client2 ] || client2_down
  [ -z "$LINK2" ] || second_link_down
  [ -n "$PATH_CHANGED" ] || return 0
  printf '%s\n' '*filter' COMMIT '*nat' COMMIT | path_rules
  modprobe -r xt_MASQUERADE xt_nat iptable_nat # with them goes what the router remembers of connections
  PATH_CHANGED=''
  [ -n "$SRV_OWN" ] || return 0
  ip -n net -batch - <<X
addr del 10.20.0.254/24 dev out
addr del $SRV/32 dev lo
X
  ip -n srv -batch - <<X
addr del $SRV_OWN/24 dev out
addr add $SRV/24 dev out
route add default via 198.51.100.254
X
  SRV_OWN=''
}
