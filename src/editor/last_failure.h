// Why the connection failed last, and what to do about it: at the head of the page, if it has not come up
// since.
#pragma once

#include <gtk/gtk.h>

#include <string>

namespace l2tp::editor {

// A box for the connection `uuid` (may be nullptr), or nullptr: there is nothing to tell. The service keeps
// the record in `dir`.
GtkWidget* last_failure_box(const char* uuid, const std::string& dir);

}  // namespace l2tp::editor
