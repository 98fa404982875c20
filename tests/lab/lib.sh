# shellcheck shell=dash
# Everything that a case may use.
. /lab/lib/report.sh
. /lab/lib/world.sh
. /lab/lib/server.sh
. /lab/lib/client.sh
. /lab/lib/state.sh
. /lab/lib/expect.sh
. /lab/lib/case.sh
