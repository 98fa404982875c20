# shellcheck shell=dash
# Saying, failing, waiting. A fork costs the guest some 5 ms and a program 20 ms: what the shell can do itself, it does.

# CLOCK: time since boot, in hundredths of a second.
clock() {
  local uptime
  read -r uptime _ </proc/uptime
  CLOCK=${uptime%.*}${uptime#*.}
}

# SECONDS_TEXT: hundredths of a second as "3.2".
seconds() { SECONDS_TEXT=$(($1 / 100)).$(($1 % 100 / 10)); }

say() { printf '# %s\n' "$*"; }

# result NAME VALUE: a number worth keeping, such as a time.
result() { printf 'RESULT %s %s\n' "$1" "$2"; }

# fail SENTENCE: ends the case.
fail() {
  printf '%s\n' "$*" >/w/why
  printf '# FAILED: %s\n' "$*"
  exit 1
}

# wait_for SECONDS COMMAND...: tries the command until it succeeds; status 1 if it has not after SECONDS.
wait_for() {
  local deadline
  clock
  deadline=$((CLOCK + $1 * 100))
  shift
  until "$@"; do
    clock
    [ "$CLOCK" -lt "$deadline" ] || return 1
    sleep 0.05
  done
}
