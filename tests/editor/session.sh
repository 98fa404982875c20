# shellcheck shell=dash
# A user's session: a virtual screen with a window manager, a session bus with accessibility, an empty home. For `world` and for the
# lab's guests: both give it mounts and processes of its own, with which it also ends.

# session_up WIDTHxHEIGHT FOLDER: makes it, its files in FOLDER, and sets the environment of what is to run in it.
session_up() {
  mkdir -p /tmp/.X11-unix /var/lib/xkb
  mount -t tmpfs tmpfs /tmp/.X11-unix # so that no display number is taken
  mount -t tmpfs tmpfs /var/lib/xkb
  export WORLD=$2 XDG_RUNTIME_DIR=$2/user
  mkdir -p "$WORLD/home" "$WORLD/services" "$XDG_RUNTIME_DIR"
  chmod 700 "$XDG_RUNTIME_DIR"
  export HOME=$WORLD/home XDG_CACHE_HOME=$WORLD/home/.cache DISPLAY=:1 DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
  export LANG=C.UTF-8 GSETTINGS_BACKEND=memory GDK_BACKEND=x11 GSK_RENDERER=cairo XDG_CURRENT_DESKTOP=GNOME PYTHONDONTWRITEBYTECODE=1

  # -nolock: the lock would be in the machine's /tmp.
  Xvfb $DISPLAY -nolock -noreset -nolisten tcp -screen 0 "$1x24" >"$WORLD/xvfb.log" 2>&1 &
  session_bus >"$WORLD/bus.conf"
  for toolkit in 3 4; do
    mkdir -p "$HOME/.config/gtk-$toolkit.0"
    printf '[Settings]\ngtk-enable-animations=false\ngtk-cursor-blink=false\n' >"$HOME/.config/gtk-$toolkit.0/settings.ini"
  done
  ln -s /usr/share/dbus-1/services/org.a11y.Bus.service "$WORLD/services/"
  dbus-daemon --config-file="$WORLD/bus.conf" --fork
  wait_for 20 test -S /tmp/.X11-unix/X1
  openbox --sm-disable >"$WORLD/openbox.log" 2>&1 &
  # GTK 4 and Settings look here whether anybody wants to know.
  for property in IsEnabled ScreenReaderEnabled; do
    gdbus call --session --dest org.a11y.Bus --object-path /org/a11y/bus --method org.freedesktop.DBus.Properties.Set \
      org.a11y.Status $property '<true>' >/dev/null
  done
}

# Only accessibility is started on demand: no portal, no file system service, no settings daemon.
session_bus() {
  cat <<X
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>$DBUS_SESSION_BUS_ADDRESS</listen>
  <auth>EXTERNAL</auth>
  <servicedir>$WORLD/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
X
}
