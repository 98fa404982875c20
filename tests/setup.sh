# shellcheck shell=bash
# shellcheck disable=SC2034  # its variables are for those that source it
# What `check`, `demo` and the benchmark have in common: packages, build, install tree. To be sourced by bash, in the project's folder.

BUILD_PACKAGES=(g++ meson ninja-build pkg-config libglib2.0-dev libjson-glib-dev libnm-dev libmnl-dev libsecret-1-dev libssl-dev ppp-dev gettext git)
DESKTOP_BUILD_PACKAGES=(libgtk-3-dev libgtk-4-dev libnma-dev libnma-gtk4-dev) # for the editors and the window that asks for secrets
CHECK_PACKAGES=(libgtest-dev libgmock-dev clang-format-14 clang-tidy-14 clang-14 libclang-rt-14-dev shellcheck groff-base python3 appstream dbus mmdebstrap debian-archive-keyring)
DESKTOP_PACKAGES=(xvfb openbox xdotool dbus at-spi2-core gnome-keyring libsecret-tools python3-pyatspi) # for tests/auth-dialog
LAB_PACKAGES=(user-mode-linux network-manager strongswan-charon strongswan-starter strongswan-swanctl libcharon-extra-plugins
  libstrongswan-standard-plugins libstrongswan-extra-plugins xl2tpd ppp iproute2 iputils-ping kmod procps dbus gcc libc6-dev tcpdump
  iptables openssl python3 libldns3 libevent-pthreads-2.1-7 libnss3-tools libcurl3-nss libunbound8) # the last line's last five: what Libreswan needs
# The editors themselves, nm-applet, and a virtual screen with what drives them. Some lab cases need them too.
EDITOR_PACKAGES=(network-manager network-manager-gnome gnome-control-center xvfb openbox xdotool imagemagick at-spi2-core python3-pyatspi
  libglib2.0-bin fonts-dejavu-core openssl dbus iproute2)

CLANG_FORMAT=clang-format-14 CLANG_TIDY=clang-tidy-14
BUILD=${BUILD:-$PWD/build}
TREE=$BUILD/tree

# install_packages NAME...: from the machine's own package source; loud if one can't be had.
install_packages() {
  local missing=() name
  for name; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    echo "all packages are there"
    return
  fi
  [ "$(id -u)" -eq 0 ] || { echo "missing packages: ${missing[*]}; run this as root, or install them" >&2; return 1; }
  echo "installing: ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"${TMPDIR:-/tmp}/nm-l2tp-apt.log" 2>&1 || {
    tail -n 20 "${TMPDIR:-/tmp}/nm-l2tp-apt.log" >&2
    echo "these packages could not be installed: ${missing[*]}" >&2
    return 1
  }
}

# unpack_libreswan: its package can't be installed beside strongSwan's starter. The lab's guests take its programs from the tree LIBRESWAN.
unpack_libreswan() {
  export LIBRESWAN=$BUILD/libreswan
  [ ! -x "$LIBRESWAN/usr/libexec/ipsec/pluto" ] || return 0
  rm -rf "$LIBRESWAN"
  mkdir -p "$LIBRESWAN/package"
  (cd "$LIBRESWAN/package" && apt-get -q -o APT::Sandbox::User=root download libreswan) &&
    dpkg-deb -x "$LIBRESWAN"/package/libreswan_*.deb "$LIBRESWAN"
}

# build DIRECTORY [MESON OPTION...]
build() {
  local directory=$1
  shift
  [ -f "$directory/build.ninja" ] ||
    meson setup "$directory" --prefix=/usr --sysconfdir=/etc --localstatedir=/var "$@" || return
  ninja -C "$directory"
}

# The tree that `DESTDIR=... meson install` makes: what the lab installs in its guest.
install_tree() {
  rm -rf "$TREE"
  DESTDIR=$TREE meson install -C "$BUILD" --quiet --no-rebuild
}
