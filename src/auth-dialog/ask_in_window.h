// A form shown in a window of our own: by nm-l2tp-auth-window, a program beside this one, for this one has no
// GTK.
#pragma once

#include "auth-dialog/form.h"

namespace l2tp {

enum class Asked { answered, cancelled, no_window };

// Waits for the user. Answered: what the form asked for is in it now. No window: its program is not
// installed, or there is no display.
Asked ask_in_window(Form& form);

}  // namespace l2tp
