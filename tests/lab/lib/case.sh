# shellcheck shell=dash
# What stands around every case.

case_begin() {
  case_log_mark
  CAPTURE_FROM=$(wc -c </w/capture)
  echo "LOG_FROM=$LOG_FROM CAPTURE_FROM=$CAPTURE_FROM" >/w/offsets
}

# What the client logged before this moment no longer counts for expect_log and client_logged.
case_log_mark() { LOG_FROM=$(wc -c </w/nm.log); }

# After a passed case: everything down, nothing in clear, and the guest as it was when it had booted.
case_end() {
  trap - EXIT
  if [ "$1" -ne 0 ]; then
    [ -s /w/why ] || echo "a command of the case failed (status $1)" >/w/why
    exit 1
  fi
  vpn_delete
  servers_down
  client_with_vici
  path_restore
  libreswan_remove
  [ -n "$PLAIN" ] || expect_no_clear_l2tp "$SRV"
  cp /w/world /w/before
  expect_clean
}

# Everything that helps to understand a failed case.
show_logs() {
  local file
  LOG_FROM=0
  [ ! -f /w/offsets ] || . /w/offsets
  for file in /w/srv/*.log /w/srv2/*.log /w/srv3/*.log /w/client2/*.log /w/desktop/*.log; do
    [ ! -s "$file" ] || { echo "--- $file"; tail -n 60 "$file"; }
  done
  echo '--- the path'
  captured | tail -n 40
  echo "--- the client's processes, files, addresses, routes, policies since the profile was added"
  snapshot /w/now
  [ ! -f /w/before ] || state_diff /w/before /w/now
  echo '--- NetworkManager, the service and its children'
  client_log | cut -c 1-300 | tail -n 400
  dmesg | tail -n 3
}
