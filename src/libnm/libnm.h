// libnm, with the C linkage that nm-errors.h of 1.42 forgets to give its functions.
#pragma once

#include <gio/gio.h>

extern "C" {
#include <nm-errors.h>
}

#include <NetworkManager.h>
