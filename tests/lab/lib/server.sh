# shellcheck shell=dash
# The servers: charon, xl2tpd and pppd in a namespace, their files in /w/NAME.
#
# Knobs, to be set before server_up:
#   PLAIN=1       no IPsec (the client's profile follows)
#   PSK           the pre-shared key's bytes          IKE, ESP    what phase 1 and phase 2 accept
#   KEYEX         1 (default) or 2: IKE's version     IPCOMP=yes  IP compression
#   CERT=NAME     IPsec by certificates: the server's is NAME of the PKI (lib/certificates.sh); with ID as its identity
#   AUTH          mschap-v2 (default), chap, pap, eap: what pppd requires; empty: whatever its options say
#   PPPOPTS       further pppd options, one per line (MPPE: say `mppe` and noccp is left out)
#   LOCAL_IP      the server's own address in the tunnel
#   LOAD          charon's plugins, if others than the lab's; CHARON_CONF: further lines of its section in strongswan.conf
#   IPSEC_CONF, IPSEC_SECRETS   texts of ipsec.conf and ipsec.secrets: starter runs charon with them, instead of the IPsec knobs
#   XL2TPD_CONF   text of xl2tpd.conf, instead of the lab's; its pppoptfile is to be /etc/ppp/options.xl2tpd
#   user NAME PASSWORD   adds a user (without any: alice, "pa ss#1")
PLAIN='' PSK='test secret 1' KEYEX=1 IPCOMP=no AUTH=mschap-v2 PPPOPTS='' LOCAL_IP='' USERS='' CERT='' ID=''
IPSEC_CONF='' IPSEC_SECRETS='' CHARON_CONF='' XL2TPD_CONF=''
LOAD='aes sha1 sha2 md5 hmac gcm kdf gmp curve25519 openssl x509 constraints revocation pubkey pem pkcs1 pkcs8 asn1'
IKE=aes256-sha256-modp2048,aes128-sha1-modp1024,3des-sha1-modp1024
ESP=aes256-sha256,aes128-sha1,3des-sha1

# user NAME PASSWORD: a line of pppd's secrets file, in pppd's quoting.
user() {
  USERS="$USERS$(printf '"%s" * "%s" *\n' "$(pppd_quoted "$1")" "$(pppd_quoted "$2")")
"
}

pppd_quoted() {
  case $1 in
    *[\\\"]*) printf '%s' "$1" | sed 's/[\\"]/\\&/g' ;;
    *) printf '%s' "$1" ;;
  esac
}

# server_up [srv|srv2|srv3]: returns when the server would answer.
server_up() {
  local name address inside dir
  name=${1:-srv}
  case $name in
    srv) address=${SRV_OWN:-$SRV} inside=10.10.1 ;;
    srv2) address=$SRV2 inside=10.10.2 ;;
    srv3) address=$SRV3 inside=10.10.3 ;;
  esac
  dir=/w/$name
  rm -rf "$dir"
  mkdir -p "$dir/ppp"
  server_ppp "$dir" "$inside"
  if [ -z "$PLAIN" ]; then server_ipsec "$dir" "$address"; fi

  # Its own /run (pid files, pppd's database) and /etc/ppp (secrets; no scripts).
  cat >"$dir/start" <<X
mount -t tmpfs run /run
mount --bind $dir/ppp /etc/ppp
[ -n "$PLAIN" ] || . $dir/ipsec-start >/dev/null 2>&1 &
exec xl2tpd -D -c $dir/xl2tpd.conf -p $dir/xl2tpd.pid -C $dir/xl2tpd.control
X
  ip netns exec "$name" unshare -m sh "$dir/start" >"$dir/xl2tpd.log" 2>&1 &
  [ -n "$PLAIN" ] || server_ipsec_ready "$dir"
  wait_for 10 grep -q 'Listening on IP address' "$dir/xl2tpd.log" || fail "the server's xl2tpd does not start"
}

server_ipsec_ready() { # DIR
  local last
  if [ -n "$IPSEC_CONF" ]; then
    last=${IPSEC_CONF##*conn }
    wait_for 10 grep -qs "added configuration '${last%%[[:space:]]*}'" "$1/charon.log" ||
      fail "the server's charon has no configuration: $(tail -n 3 "$1/starter.log")"
    return
  fi
  wait_for 10 test -S "$1/vici" || fail "the server's charon does not start"
  STRONGSWAN_CONF=$1/strongswan.conf swanctl --load-all --noprompt --file "$1/swanctl.conf" \
    --uri "unix://$1/vici" >"$1/swanctl.out" 2>&1 ||
    fail "the server's charon refuses its configuration: $(cat "$1/swanctl.out")"
}

# server_ipsec_becomes SED: the server srv has its swanctl.conf changed so, and reads it again.
server_ipsec_becomes() {
  sed -i "$1" /w/srv/swanctl.conf
  server_ipsec_ready /w/srv
}

# Debian 13's default is a charon made for systemd, which runs without it too.
charon_program() {
  if [ -x /usr/lib/ipsec/charon ]; then echo /usr/lib/ipsec/charon; else echo /usr/sbin/charon-systemd; fi
}

server_ppp() { # DIR INSIDE
  cat >"$1/xl2tpd.conf" <<X
[global]
port = 1701
[lns default]
ip range = $2.2-$2.100
local ip = ${LOCAL_IP:-$2.1}
name = server
length bit = yes
pppoptfile = $1/ppp/options.xl2tpd
X
  [ -z "$XL2TPD_CONF" ] || printf '%s\n' "$XL2TPD_CONF" >"$1/xl2tpd.conf"
  # lcp-restart: xl2tpd starts the client's pppd late, so the first LCP request is often lost; ask again after 1 s, not 3.
  {
    printf '%s\n' auth ${AUTH:+"require-$AUTH"} 'mtu 1400' 'mru 1400' nodefaultroute 'lcp-restart 1' debug "logfile $1/pppd.log" "$PPPOPTS"
    case $PPPOPTS in *mppe*) ;; *) echo noccp ;; esac
    case $PPPOPTS in *ms-dns*) ;; *) echo 'ms-dns 10.99.0.53' ;; esac
    case $PPPOPTS in *ipv6*) ;; *) echo noipv6 ;; esac
  } >"$1/ppp/options.xl2tpd"
  [ -n "$USERS" ] || user alice 'pa ss#1'
  : >"$1/ppp/options"
  printf '%s' "$USERS" >"$1/ppp/chap-secrets"
  printf '%s' "$USERS" >"$1/ppp/pap-secrets"
  chmod 600 "$1"/ppp/*-secrets
}

server_ipsec() { # DIR ADDRESS
  local control=vici
  [ -z "$IPSEC_CONF" ] || control=stroke
  cat >"$1/strongswan.conf" <<X
charon {
  load = random nonce $LOAD kernel-netlink socket-default $control
  block_threshold = 0
  $CHARON_CONF
  plugins { vici { socket = unix://$1/vici } }
  filelog {
    log {
      path = $1/charon.log
      default = 1
      flush_line = yes
    }
  }
}
swanctl { load = random }
X
  if [ -n "$IPSEC_CONF" ]; then
    printf '%s\n' "$IPSEC_CONF" >"$1/ipsec.conf"
    printf '%s\n' "$IPSEC_SECRETS" >"$1/ipsec.secrets"
    cat >"$1/ipsec-start" <<X
mount --bind $1/ipsec.conf /etc/ipsec.conf
mount --bind $1/ipsec.secrets /etc/ipsec.secrets
STRONGSWAN_CONF=$1/strongswan.conf /usr/lib/ipsec/starter --nofork >$1/starter.log 2>&1
X
    return
  fi
  echo "STRONGSWAN_CONF=$1/strongswan.conf $(charon_program)" >"$1/ipsec-start"
  if [ -n "$CERT" ]; then
    mkdir -p "$1/private"
    cp "$PKI/$CERT.key" "$1/private/"
  fi
  cat >"$1/swanctl.conf" <<X
connections {
  l2tp {
    version = $KEYEX
    local_addrs = $2
    proposals = $IKE
    local { $(server_identity) }
    remote { $([ -n "$CERT" ] && echo "auth = pubkey" || echo "auth = psk") }
    children {
      l2tp {
        mode = transport
        esp_proposals = $ESP
        ipcomp = $IPCOMP
        local_ts = dynamic[udp/1701]
        remote_ts = dynamic[udp]
      }
      site { local_ts = $INSIDE2 }
    }
  }
}
$([ -z "$CERT" ] || echo "authorities { lab { cacert = $PKI/ca.pem } }")
secrets { ike-1 { secret = 0x$(printf '%s' "$PSK" | od -An -v -tx1 | tr -d ' \n') } }
X
}

server_identity() {
  if [ -z "$CERT" ]; then
    echo 'auth = psk'
    return
  fi
  printf 'auth = pubkey\ncerts = %s\n' "$PKI/$CERT.pem"
  [ -z "$ID" ] || echo "id = $ID"
}

# servers_down: kill -9, for nobody is to be told; their kernel state goes too.
servers_down() {
  local name pids
  for name in srv srv2 srv3; do
    [ -d "/w/$name" ] || continue
    pids=$(ip netns pids "$name")
    # shellcheck disable=SC2086
    [ -z "$pids" ] || kill -KILL $pids 2>/dev/null || :
    printf '%s\n' 'xfrm state flush' 'xfrm policy flush' | ip -n "$name" -batch -
    rm -rf "/w/$name"
  done
}

# server_pids NAME [srv|srv2]: processes of that name on the server.
server_pids() { ip netns pids "${2:-srv}" | xargs ps -o pid=,comm= -p | sed -n "s/^ *\([0-9]*\) $1\$/\1/p"; }

# refusing_server_up: in the place of srv, one that refuses (see `refusing-lns`); refusing_server_does PLAN: how, from now on.
refusing_server_up() {
  rm -rf /w/srv
  mkdir -p /w/srv
  ip netns exec srv /lab/refusing-lns /w/srv/plan >/w/srv/refusing.log 2>&1 &
  wait_for 10 grep -q ready /w/srv/refusing.log || fail "the refusing server does not start: $(cat /w/srv/refusing.log)"
}
refusing_server_does() { printf '%s\n' "$1" >/w/srv/plan; }

# server_silent ADDRESS: nothing at ADDRESS answers, not even with "port unreachable"; server_loud: undoes it.
server_silent() { ip -n net route add blackhole "$1"; }
server_loud() { ip -n net route del blackhole "$1"; }
