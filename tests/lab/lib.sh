# shellcheck shell=dash
# Everything that a case may use.
. /lab/lib/report.sh
. /lab/lib/world.sh
. /lab/lib/path.sh
. /lab/lib/certificates.sh
. /lab/lib/server.sh
. /lab/lib/client.sh
. /lab/lib/ask.sh
. /lab/lib/desktop.sh
. /lab/lib/starter.sh
. /lab/lib/libreswan.sh
. /lab/lib/state.sh
. /lab/lib/expect.sh
. /lab/lib/case.sh
