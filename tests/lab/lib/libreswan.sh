# shellcheck shell=dash
# Libreswan on the client, whose package cannot be installed beside strongSwan's starter: its programs come from the tree LIBRESWAN
# and stand where they would, for one case. Only the package's own folder is touched; nothing of strongSwan's goes.
PLUTO_PROGRAMS=/usr/libexec/ipsec

# libreswan_install: and the service is told to use it, for charon is there too.
libreswan_install() {
  if [ ! -x "$PLUTO_PROGRAMS/pluto" ]; then
    [ -n "${LIBRESWAN:-}" ] || fail 'LIBRESWAN does not name a tree with Libreswan'
    mkdir -p /w/libreswan "$PLUTO_PROGRAMS"
    mount -t hostfs none /w/libreswan -o "$LIBRESWAN"
    mount --bind "/w/libreswan$PLUTO_PROGRAMS" "$PLUTO_PROGRAMS"
    LIBRESWAN_MOUNTED=1
  fi
  printf '%s\n' '[main]' 'ipsec-daemon=libreswan' >/etc/nm-l2tp.conf
  LIBRESWAN_INSTALLED=1
  # shellcheck disable=SC2034 # for cases
  case $("$PLUTO_PROGRAMS/pluto" --version 2>&1) in *" 4."*) LIBRESWAN_VERSION=4 ;; *) LIBRESWAN_VERSION=5 ;; esac
}

libreswan_remove() {
  [ -z "${LIBRESWAN_INSTALLED:-}" ] || rm -f /etc/nm-l2tp.conf
  [ -n "${LIBRESWAN_MOUNTED:-}" ] || return 0
  umount "$PLUTO_PROGRAMS" /w/libreswan
  rmdir "$PLUTO_PROGRAMS"
}

# --- a Libreswan in the place of the server srv's charon, for what only its kind answers
# libreswan_server_up LINE...: LINEs are its connection's. In a case with libreswan_install; servers_down ends it.
libreswan_server_up() {
  mkdir -p /w/srv/nss
  certutil -N -d sql:/w/srv/nss --empty-password
  printf '%s\n' 'config setup' '  ikev1-policy=accept' >/w/srv/ipsec.conf
  printf '%s\n' 'conn l2tp' "  left=$SRV" '  right=%any' '  authby=secret' '  type=transport' '  leftprotoport=17/1701' \
    '  rightprotoport=17/%any' '  ikev2=no' '  pfs=no' "$@" >/w/srv/conn.conf
  echo "$SRV %any : PSK \"$PSK\"" >/w/srv/ipsec.secrets
  ip netns exec srv "$PLUTO_PROGRAMS/pluto" --nofork --stderrlog --config /w/srv/ipsec.conf --secretsfile /w/srv/ipsec.secrets \
    --rundir /w/srv --nssdir /w/srv/nss --no-dnssec --nhelpers 1 >/w/srv/pluto.log 2>&1 &
  wait_for 10 test -S /w/srv/pluto.ctl || fail "the server's pluto does not start"
  {
    ip netns exec srv "$PLUTO_PROGRAMS/whack" --ctlsocket /w/srv/pluto.ctl --listen &&
      ip netns exec srv "$PLUTO_PROGRAMS/addconn" --ctlsocket /w/srv/pluto.ctl --config /w/srv/conn.conf l2tp
  } >/w/srv/whack.log 2>&1 || fail "the server's pluto refuses its connection"
}

# --- a pluto that the system runs, with a tunnel of its own to what is behind srv2
# system_pluto_up [SECRETS_LINE] [POLICY]: SECRETS_LINE stands in its secrets file, POLICY is its ikev1-policy.
system_pluto_up() {
  mkdir -p /w/system /run/pluto
  printf '%s\n' 'config setup' "  ikev1-policy=${2:-accept}" >/w/system/ipsec.conf
  cat >/w/system/site.conf <<X
conn site
  authby=secret
  left=$CLIENT
  right=$SRV2
  rightsubnet=$INSIDE2/32
  leftupdown=%disabled
  ikev2=yes
  pfs=no
  ike=aes256-sha2_256-modp2048
  esp=aes256-sha2_256
X
  printf '%s\n' "$CLIENT $SRV2 : PSK \"$PSK\"" "${1:-}" >/w/system/ipsec.secrets
  certutil -N -d sql:/w/system --empty-password
  "$PLUTO_PROGRAMS/pluto" --nofork --stderrlog --config /w/system/ipsec.conf --secretsfile /w/system/ipsec.secrets \
    --rundir /run/pluto --nssdir /w/system --no-dnssec --nhelpers 1 >/w/system/log 2>&1 &
  SYSTEM_PLUTO=$!
  wait_for 10 test -S /run/pluto/pluto.ctl || fail "the system's pluto does not start"
  "$PLUTO_PROGRAMS/whack" --listen >>/w/system/log
}

# Its tunnel: srv2 must be up and take IKEv2 (KEYEX=2).
system_pluto_tunnel() {
  "$PLUTO_PROGRAMS/addconn" --config /w/system/site.conf site >>/w/system/log
  "$PLUTO_PROGRAMS/whack" --name site --route >>/w/system/log
  "$PLUTO_PROGRAMS/whack" --name site --initiate >>/w/system/log || fail "the system's own tunnel does not come up"
  wait_for 15 ping -q -c 1 -W 1 "$INSIDE2" >/dev/null || fail "nothing comes through the system's own tunnel"
}

system_pluto_down() {
  kill "$SYSTEM_PLUTO"
  wait "$SYSTEM_PLUTO" || :
  rm -rf /w/system /run/pluto
  ip xfrm policy flush # pluto leaves some behind whenever it ends
}
