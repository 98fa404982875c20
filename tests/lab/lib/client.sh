# shellcheck shell=dash
# The client, as its user has it: profiles made, brought up and down by nmcli.
LOGIN=alice PASSWORD='pa ss#1'
PROFILES=''
OUR_CHARON=$(charon_program)
OUR_CHARON=${OUR_CHARON##*/} # the process name of the one that our service starts

# vpn_add NAME [KEY=VALUE...] [-- PROPERTY VALUE...]: a profile for the server srv with the knobs' secrets; KEYs are vpn.data's.
# What the machine is like at this moment is what expect_clean wants to see again.
vpn_add() {
  local name data secrets
  name=$1
  shift
  data="gateway=$SRV,user=$(nmcli_escaped "$LOGIN")"
  secrets="password=$(nmcli_escaped "$PASSWORD")"
  if [ -z "$PLAIN" ]; then
    data="$data,ipsec-enabled=yes"
    [ -z "$PSK" ] || [ -n "$CERT" ] || secrets="$secrets,ipsec-psk=$(nmcli_escaped "$PSK")"
  fi
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    data="$data,$1"
    shift
  done
  [ $# -eq 0 ] || shift
  nmcli connection add type vpn con-name "$name" vpn-type l2tp vpn.data "$data" vpn.secrets "$secrets" "$@" >/w/nmcli.log 2>&1 ||
    fail "nmcli does not take the profile: $(cat /w/nmcli.log)"
  PROFILES="$PROFILES $name"
  snapshot /w/before
}

# A value for nmcli's KEY=VALUE lists: a comma ends it and spaces at its ends are dropped, unless escaped.
nmcli_escaped() {
  case $1 in
    *[\\,]* | ' '* | *' ') printf '%s' "$1" | sed 's/[\\,]/\\&/g; s/^ /\\ /; s/ $/\\ /' ;;
    *) printf '%s' "$1" ;;
  esac
}

vpn_delete() {
  # shellcheck disable=SC2086
  [ -z "$PROFILES" ] || nmcli connection delete $PROFILES >/dev/null
  PROFILES=''
}

# vpn_up NAME: up, or the case has failed.
vpn_up() {
  local began
  clock
  began=$CLOCK
  nmcli --wait 60 connection up "$1" >/w/up.log 2>&1 || fail "$1 did not come up: $(head -n 1 /w/up.log)"
  clock
  seconds $((CLOCK - began))
  result "up-$1" "$SECONDS_TEXT"
}

# vpn_up_fails NAME SECONDS [ID [REASON]]: the activation must fail, and by then. ID: the service must say this failure; then
# nmcli must give NetworkManager's REASON, connect-failed unless it is named.
vpn_up_fails() {
  local began logged id
  logged=$(wc -c </w/nm.log)
  clock
  began=$CLOCK
  if nmcli --wait 90 connection up "$1" >/w/up.log 2>&1; then fail "$1 came up"; fi
  clock
  seconds $((CLOCK - began))
  id=$(tail -c "+$((logged + 1))" /w/nm.log | sed -n 's/.* failure=\([^ ]*\).*/\1/p' | tail -n 1)
  result "failed-$1${id:+-$id}" "$SECONDS_TEXT"
  say "$(head -n 1 /w/up.log)"
  [ $((CLOCK - began)) -le $(($2 * 100)) ] || fail "$1 took $SECONDS_TEXT s to fail; allowed are $2 s"
  [ $# -ge 3 ] || return 0
  expect_equal "the failure of $1" "$3" "$id"
  expect_equal "the reason of $1 that NetworkManager saw" "${4:-connect-failed}" "$(reason_in_words)"
}

# What nmcli printed, as libnm names it: these are its words for a VPN's reasons.
reason_in_words() {
  case $(cat /w/up.log) in
    *'Invalid secrets'*) echo login-failed ;;
    *'Unknown reason'*) echo connect-failed ;;
    *'IP configuration'*) echo bad-ip-config ;;
    *) cat /w/up.log ;;
  esac
}

# vpn_up_begin NAME: starts the activation and returns; UP_PID is nmcli.
vpn_up_begin() {
  nmcli --wait 60 connection up "$1" >/w/up.log 2>&1 &
  UP_PID=$!
}

vpn_down() {
  local began
  clock
  began=$CLOCK
  nmcli --wait 20 connection down "$1" >/w/down.log 2>&1 || fail "$1 does not go down: $(head -n 1 /w/down.log)"
  clock
  seconds $((CLOCK - began))
  result "down-$1" "$SECONDS_TEXT"
}

# vpn_field NAME FIELD: what nmcli tells about a connection, such as IP4.DNS.
vpn_field() { nmcli -g "$2" connection show "$1"; }

vpn_active() { nmcli -t -f NAME connection show --active | grep -qx "$1"; }
vpn_inactive() { ! vpn_active "$1"; }

# client_pids NAME: processes of that name on the client (the servers run the same programs in other namespaces).
client_pids() { pgrep -x "$1" --ns 1 --nslist net; }
client_lacks() { ! client_pids "$1" >/dev/null; }

# The tunnel's link.
vpn_device() { ip -o -4 addr show | sed -n 's/^[0-9]*: \(ppp[0-9]*\) .*/\1/p'; }

# --- a charon that the system runs, with a tunnel of its own to what is behind srv2
# By starter where strongSwan still has it, else by swanctl. Its configuration is bound over /etc for it alone.
system_charon_up() {
  mkdir -p /w/system
  cat >/w/system/ipsec.conf <<X
conn site
  keyexchange=ikev1
  authby=secret
  left=$CLIENT
  right=$SRV2
  rightsubnet=$INSIDE2
  ike=aes256-sha256-modp2048!
  esp=aes256-sha256!
  auto=start
X
  echo ": PSK \"$PSK\"" >/w/system/ipsec.secrets
  cat >/w/system/swanctl.conf <<X
connections {
  site {
    version = 1
    remote_addrs = $SRV2
    proposals = aes256-sha256-modp2048
    local { auth = psk }
    remote { auth = psk }
    children {
      site {
        remote_ts = $INSIDE2
        esp_proposals = aes256-sha256
        start_action = start
      }
    }
  }
}
secrets { ike-1 { secret = "$PSK" } }
X
  if [ -x /usr/lib/ipsec/starter ]; then
    unshare -m sh -c 'mount --bind /w/system/ipsec.conf /etc/ipsec.conf; mount --bind /w/system/ipsec.secrets /etc/ipsec.secrets
      exec /usr/lib/ipsec/starter --nofork' >/w/system/log 2>&1 &
  else
    "$(charon_program)" >/w/system/log 2>&1 &
    wait_for 10 test -S /run/charon.vici || fail "the system's charon does not start"
    swanctl --load-all --noprompt --file /w/system/swanctl.conf >>/w/system/log 2>&1
  fi
  SYSTEM_IPSEC=$! SYSTEM_CHARON=$(basename "$(charon_program)")
  wait_for 15 ping -q -c 1 -W 1 "$INSIDE2" >/dev/null || fail "the system's own tunnel does not come up"
}

system_charon_down() {
  kill "$SYSTEM_IPSEC"
  wait "$SYSTEM_IPSEC" || :
  rm -rf /w/system /run/charon.* # it leaves its sockets
}

# The SPIs of the system's own tunnel.
site_spis() { ip xfrm state | sed -n "/$SRV2/,/reqid/s/.*spi \([^ ]*\).*/\1/p" | sort; }
