// libnma, with the C linkage that its headers forget to give its functions.
#pragma once

#include <gtk/gtk.h>

#include "libnm/libnm.h"

extern "C" {
#include <nma-cert-chooser.h>
#include <nma-ui-utils.h>
}
