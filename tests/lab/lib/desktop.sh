# shellcheck shell=dash
# A person at a desktop on the client: GNOME Settings' network panel, nm-applet for secrets (tests/editor/person).

# desktop_up NAME: from here to desktop_down NetworkManager has a graphical user, who sees the connection NAME. His files are in memory and
# his processes have a namespace: killing one process ends it all without a trace.
# His fonts are one family, for the machine's cache of all its fonts is none here and would be made anew.
desktop_up() {
  mkdir -p /w/desktop
  [ -p /w/desktop/wishes ] || mkfifo /w/desktop/wishes
  : >/w/desktop/deeds
  exec 4<>/w/desktop/wishes
  unshare --mount --pid --fork --kill-child --mount-proc sh -eu -c '
    . /lab/lib/report.sh
    . /lab-editor/session.sh
    mount -t tmpfs tmpfs /tmp
    echo "<fontconfig><dir>/usr/share/fonts/truetype/dejavu</dir><cachedir>/tmp</cachedir></fontconfig>" >/tmp/fonts.conf
    export FONTCONFIG_FILE=/tmp/fonts.conf PATIENCE=60
    session_up 1000x700 /tmp/session
    exec /lab-editor/person' </w/desktop/wishes >/w/desktop/deeds 2>/w/desktop/person.log 4>&- &
  DESKTOP=$!
  desktop see "$1"
}

# desktop VERB...: the person does it.
desktop() {
  local before answer
  before=$(wc -l </w/desktop/deeds)
  printf '%s\n' "$*" >&4
  wait_for 90 desktop_did "$before" || fail "the person has not come to: $*"
  answer=$(tail -n 1 /w/desktop/deeds)
  [ "$answer" = 'done' ] || fail "$* - ${answer:-the desktop has ended}"
}
desktop_did() { [ "$(wc -l </w/desktop/deeds)" -gt "$1" ] || ! kill -0 "$DESKTOP"; }

desktop_down() {
  kill -KILL "$DESKTOP" # unshare ignores a SIGTERM
  wait "$DESKTOP" || :
  exec 4>&-
}
