# shellcheck shell=dash
# What the machine is like: everything that a VPN could leave behind, as sorted lines.

# snapshot FILE
snapshot() {
  {
    state_processes
    state_files
    state_network
  } | sort >"$1"
}

# Processes on the client, without the kernel's and the lab's own. nm-dispatcher is NetworkManager's and leaves after 10 s.
state_processes() {
  ps -eo netns=,ppid=,comm=,args= | awk -v client="$CLIENT_NETNS" '
    $1 != client || $2 == 2 || $3 == "kthreadd" { next }
    / \/lab\// || $3 ~ /^(ps|awk|find|sort|sleep|nmcli|nm-dispatcher|script|tcpdump)$/ { next }
    { $1 = $2 = $3 = ""; sub(/^ +/, "process "); print }'
}

# Files that are not the root's: changed ones lie in the overlay, the others on file systems in memory. Left out:
#   NetworkManager's own state, which it writes as it likes;
#   pppd2.tdb: a database of all pppds of a machine, which the first one makes.
state_files() {
  find /oldroot/mnt/upper /run /tmp /dev/shm \
    \( -path /oldroot/mnt/upper/var/lib/NetworkManager -o -path /run/NetworkManager -o -name pppd2.tdb \) -prune \
    -o -type d -printf 'folder %p %m\n' -o -printf 'file %p %y %m %s %T@\n'
}

# An SA's sequence numbers count the packets of a tunnel that is none of ours. Policies are asked for before SAs: after these,
# iproute2 6.1 lists none in the same batch.
state_network() {
  ip -o -batch - <<'X' | sed 's/anti-replay context:[^\\]*//'
link
addr
route show table all
rule
xfrm policy
xfrm state
X
}

# state_diff BEFORE AFTER: what is new (+) and what is gone (-).
state_diff() { diff -U 0 "$1" "$2" | grep '^[+-][^+-]'; }
