# shellcheck shell=dash
# A client whose strongSwan has no VICI plugin, as Debian's and Ubuntu's package `strongswan` installs it.

# client_without_vici: after server_up, for the servers' charons keep the plugin that they have loaded. Undone after the case.
client_without_vici() {
  # A place of its own, for where charon looks for plugins is built in.
  if [ ! -d /w/plugins ]; then
    cp -a "$PLUGINS" /w/plugins
    rm /w/plugins/libstrongswan-vici.so
  fi
  mount --bind /w/plugins "$PLUGINS"
}

client_with_vici() { ! mountpoint -q "$PLUGINS" || umount -l "$PLUGINS"; } # a charon may still run from it

PLUGINS=/usr/lib/ipsec/plugins
