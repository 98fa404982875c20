# shellcheck shell=dash
# The world around the client: the client is the guest's root namespace, with NetworkManager on link `cl`; beyond it stands
# the Internet (namespace `net`: a router, where the path is captured), beyond that two servers, `srv` and `srv2`.
#
#   client 192.0.2.2 -- cl | net 192.0.2.1 .. 198.51.100.254 -- srv  198.51.100.1 (behind it: 10.99.0.1, a DNS server 10.99.0.53)
#                          |              .. 203.0.113.254  -- srv2 203.0.113.1  (behind it: 10.98.0.1)
SRV=198.51.100.1
SRV2=203.0.113.1 SRV3=203.0.114.1
CLIENT=192.0.2.2 INSIDE=10.99.0.1 INSIDE2=10.98.0.1 INSIDE3=10.97.0.1

kernel_modules="ppp_async ppp_synctty ppp_mppe ppp_deflate l2tp_ppp esp4 xfrm_user af_key ipcomp veth tun
  cbc hmac ecb des_generic sha512_generic gcm ccm authenc echainiv seqiv ctr md5 arc4 deflate"

# Status 1 and BROKEN if the world can't be made.
world_up() {
  # NetworkManager, the daemons and modprobe itself need some of these at once; one modprobe reads its indexes once.
  # ansi_cprng: the random generator that ESP's IVs want; the default one (drbg) tests its entropy for a second in UML.
  # shellcheck disable=SC2086
  modprobe -a $kernel_modules ansi_cprng || say "some kernel modules are missing"
  # strongSwan's af-alg plugin tries every algorithm there, each by a modprobe: 5 s in UML.
  echo 'install af_alg /bin/false' >/etc/modprobe.d/lab.conf

  ip link set lo up
  network_up || return
  plugins_find
  plugin_use "$PLUGIN" || return
  mkdir -p /run/dbus
  dbus-daemon --system --fork || { BROKEN='no D-Bus'; return 1; }
  nm_configure
  nm_start || return
  CLIENT_NETNS=$(readlink /proc/self/ns/net | tr -cd 0-9)
  export CLIENT_NETNS
  snapshot /w/world
}

network_up() {
  BROKEN='no network'
  ip -batch - <<X || return
netns add net
netns add srv
netns add srv2
link add cl type veth peer name cl netns net
link add out netns net type veth peer name out netns srv
link add out2 netns net type veth peer name out netns srv2
X
  ip netns exec net sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward' || return
  ip -n net -batch - <<X || return
link set lo up
addr add 192.0.2.1/24 dev cl
link set cl up
addr add 198.51.100.254/24 dev out
link set out up
addr add 203.0.113.254/24 dev out2
link set out2 up
X
  ip -n srv -batch - <<X || return
link set lo up
addr add $SRV/24 dev out
link set out up
route add default via 198.51.100.254
addr add 10.99.0.1/32 dev lo
addr add 10.99.0.53/32 dev lo
X
  ip -n srv2 -batch - <<X || return
link set lo up
addr add $SRV2/24 dev out
link set out up
route add default via 203.0.113.254
addr add 10.98.0.1/32 dev lo
X
  ip link set cl up
  capture_start
}

# Everything of IPsec and L2TP that passes the router's link to the client, one line per packet.
capture_start() {
  BROKEN='no capture: tcpdump did not start'
  ip netns exec net tcpdump --immediate-mode -ln -i cl 'udp port 1701 or udp port 500 or udp port 4500 or esp' \
    >/w/capture 2>/w/tcpdump.log &
  wait_for 10 grep -q 'listening on' /w/tcpdump.log
}

# --- NetworkManager
nm_configure() {
  mkdir -p /run/NetworkManager /var/lib/NetworkManager
  rm -rf /etc/NetworkManager
  mkdir -p /etc/NetworkManager/system-connections
  # dns=none: then whatever appears in /etc/resolv.conf was not NetworkManager's doing.
  cat >/etc/NetworkManager/NetworkManager.conf <<'X'
[main]
plugins=keyfile
dns=none
auth-polkit=false
no-auto-default=*
[device-cl]
match-device=interface-name:cl*
managed=1
X
  cat >/etc/NetworkManager/system-connections/base.nmconnection <<'X'
[connection]
id=base
uuid=11111111-2222-3333-4444-555555555555
type=ethernet
interface-name=cl
[ipv4]
method=manual
address1=192.0.2.2/24,192.0.2.1
[ipv6]
method=disabled
X
  chmod 600 /etc/NetworkManager/system-connections/base.nmconnection
  : >/w/nm.log
}

nm_start() {
  BROKEN='NetworkManager did not start'
  local size
  size=$(wc -c </w/nm.log)
  NetworkManager --log-level="${NM_LOG:-INFO}" --debug >>/w/nm.log 2>&1 &
  echo $! >/w/nm.pid
  wait_for 20 nm_connected "$size"
}

nm_kill() {
  local pid
  read -r pid </w/nm.pid
  kill -KILL "$pid"
}

nm_connected() { tail -c "+$(($1 + 1))" /w/nm.log | grep -q 'NetworkManager state is now CONNECTED_[GS]'; }

# --- the plugin under test
# What belongs to whom, as paths from the root: ours is the tree in /w/ours, the peer Debian's network-manager-l2tp (if the
# guest's root has it), whose files come from the untouched root below the overlay.
plugins_find() {
  (cd /w/ours && find . ! -type d >/w/ours.files)
  # shellcheck disable=SC2016
  dpkg -L network-manager-l2tp network-manager-l2tp-gnome 2>/dev/null | (
    cd /oldroot && xargs -r -d '\n' sh -c 'for file; do [ -d ".$file" ] || echo ".$file"; done' sh >/w/peer.files
  )
}

# plugin_use ours|peer|none: exactly that one is installed. A NetworkManager that runs must be restarted afterwards.
plugin_use() {
  BROKEN="plugin $1 can't be installed"
  (cd / && xargs -r -d '\n' rm -f) <<X
$(cat /w/ours.files /w/peer.files)
X
  case $1 in
    none) ;;
    ours) cp -a /w/ours/* / && ldconfig ;;
    peer) (cd /oldroot && xargs -d '\n' cp -a --parents -t /) </w/peer.files ;;
    *) return 1 ;;
  esac
}
