# shellcheck shell=dash
# nmcli --ask on a terminal, with somebody who types.

ERASE=$(printf '\025') # Ctrl-U: erases what stands on the line

# ask_up NAME: begins to bring it up.
ask_up() {
  [ -p /w/keyboard ] || mkfifo /w/keyboard
  : >/w/screen
  ASK_FROM=0
  exec 3<>/w/keyboard
  script -qfec "exec nmcli --wait 60 --ask connection up $1" /w/screen <&3 >/dev/null 3>&- &
  ASK_PID=$!
}

# ask_sees REGEX: it comes on the screen within 30 s, after what was there at the last answer.
ask_sees() { wait_for 30 ask_shown "$1" || fail "not on the screen: $1; there is: $(ask_screen)"; }
ask_shown() { ask_screen | grep -Eaq -- "$1"; }
ask_screen() { tail -c "+$((ASK_FROM + 1))" /w/screen; }

# ask_types TEXT: and Enter.
ask_types() {
  ASK_FROM=$(wc -c </w/screen)
  printf '%s\n' "$1" >&3
}

# ask_ends STATUS: nmcli ends with it.
ask_ends() {
  local status=0
  wait "$ASK_PID" || status=$?
  exec 3>&-
  expect_equal "nmcli's exit status" "$1" "$status"
}

# expect_only_the_service: while the user is asked, nothing else is left of the attempt, after at most 2 s.
expect_only_the_service() { wait_for 2 only_the_service || fail "left of the attempt: $(head -n 1 /w/left)"; }
only_the_service() {
  snapshot /w/after
  ! state_diff /w/before /w/after | grep -v '^+process [^ ]*/nm-l2tp-service ' >/w/left
}

# answer_saved: NetworkManager has written the answer into the profile; that is nothing left behind.
answer_saved() {
  snapshot /w/now
  { grep -v /system-connections/ /w/before; grep /system-connections/ /w/now; } | sort >/w/saved
  mv /w/saved /w/before
}
