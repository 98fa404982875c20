# shellcheck shell=dash
# Assertions. Each says what was expected and what is there.

expect_equal() { # WHAT EXPECTED ACTUAL
  [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

# expect_field NAME FIELD VALUE: nmcli's FIELD of the connection.
expect_field() { expect_equal "$2 of $1" "$3" "$(vpn_field "$1" "$2")"; }

# expect_ping ADDRESS [PING OPTION...]
expect_ping() {
  local address=$1
  shift
  ping -q -c 1 -W 2 "$@" "$address" >/w/ping.log 2>&1 || ping -q -c 2 -W 2 "$@" "$address" >/w/ping.log 2>&1 ||
    fail "no answer from $address: $(tail -n 2 /w/ping.log | tr '\n' ' ')"
}

# expect_route ADDRESS TEXT: how packets to ADDRESS leave, as `ip route get` says it.
expect_route() {
  case $(ip route get "$1") in *"$2"*) ;; *) fail "packets to $1 go: $(ip route get "$1" | head -n 1); expected: $2" ;; esac
}

# The policy is not for source port 1701.
expect_other_source_port() {
  ! ip xfrm policy | grep -q 'sport 1701 dport 1701' || fail 'the policy is for source port 1701'
}

# While the connection is up: no file in /etc has changed since the profile was added.
expect_etc_untouched() {
  snapshot /w/after
  ! state_diff /w/before /w/after | grep '/upper/etc/' >/w/left || fail "changed in /etc: $(cat /w/left)"
}

# expect_down NAME [SECONDS]: NetworkManager sees it down by then.
expect_down() { wait_for "${2:-3}" vpn_inactive "$1" || fail "$1 is still up after ${2:-3} s"; }

# After at most 2 s the machine is as it was when the profile was added.
expect_clean() {
  wait_for 2 clean_now && return
  state_diff /w/before /w/after >/w/left
  sed 's/^/# left: /' /w/left
  # The established plugin is known for it; comparing is all that it is here for.
  [ "$PLUGIN" != peer ] || return 0
  fail "not as before after 2 s: $(head -n 1 /w/left) ($(wc -l </w/left) lines)"
}
clean_now() {
  snapshot /w/after
  cmp -s /w/before /w/after
}

# --- on the path
captured() { tail -c "+$((CAPTURE_FROM + 1))" /w/capture; }

# No L2TP packet went to ADDRESS in clear since the case began. (What a server sends after its SA is gone is its own affair.)
expect_no_clear_l2tp() {
  ! captured | grep -F "> $1.1701:" >/w/clear || fail "L2TP in clear on the path: $(head -n 1 /w/clear)"
}
expect_esp() { captured | grep -q ' ESP(' || fail 'no ESP packet on the path'; }
expect_clear_l2tp() { captured | grep -Eq '\.1701( >|:)' || fail 'no L2TP packet on the path'; }

# --- in the logs
# The client's log since the case began: NetworkManager's, the service's and its children's.
client_log() { tail -c "+$((LOG_FROM + 1))" /w/nm.log; }
client_logged() { client_log | grep -Eq -- "$1"; }
expect_log() { client_logged "$1" || fail "nothing in the client's log matches: $1"; }

# The service's line of a stage's STATE (up, ...); the one place that knows its form.
stage_pattern() { echo "stage=$1 state=$2( |\$)"; }
expect_stage() { expect_log "$(stage_pattern "$1" "$2")"; }

# expect_failed_within MILLISECONDS: from when the failing stage began; for pppd's, that is when xl2tpd starts it.
expect_failed_within() {
  local took
  took=$(client_log | sed -n 's/.* failure=[^ ]* ms=\([0-9]*\).*/\1/p' | tail -n 1)
  result failed-ms "$took"
  [ "$took" -le "$1" ] || fail "the stage took $took ms to fail; allowed are $1 ms"
}

# expect_server_log FILE REGEX [srv|srv2]: FILE is charon, xl2tpd or pppd.
expect_server_log() {
  grep -Eaq -- "$2" "/w/${3:-srv}/$1.log" || fail "nothing in the server's $1.log matches: $2"
}

# expect_last_failure ID WORDS: of the one connection that has failed last, as it is kept for nm-l2tp explain.
expect_last_failure() {
  local file
  # shellcheck disable=SC2012  # names are UUIDs
  file=/run/nm-l2tp-failures/$(ls -t /run/nm-l2tp-failures | head -n 1)
  grep -q "\"id\" : \"$1\"" "$file" || fail "the last failure kept is not $1: $(tr -d '\n' <"$file")"
  grep -Fq -- "$2" "$file" || fail "the last failure does not say \"$2\": $(tr -d '\n' <"$file")"
}

# --- secrets
# expect_no_trace STRING...: in no argument, environment or log, and in no file that others than root can read.
expect_no_trace() {
  local places
  printf '%s\n' "$@" >/w/secrets # a file: as grep's argument they would be found
  places=$(
    grep -aFlsf /w/secrets /proc/[0-9]*/cmdline /proc/[0-9]*/environ /w/nm.log || :
    find /oldroot/mnt/upper /run /tmp /dev/shm -type f -perm /044 -exec grep -aFlsf /w/secrets {} + || :
  )
  [ -z "$places" ] || fail "a secret is readable in: $(echo "$places" | tr '\n' ' ')"
}
