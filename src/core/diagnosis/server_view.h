// What a failure says to the one who runs the server, where that differs from what it says to the client's
// user.
#pragma once

#include <string_view>

namespace l2tp::diagnosis {

struct ServerView {
  std::string_view id;
  std::string_view sentence;  // may hold one "{}"
  std::string_view advice;
};

// nullptr: the catalogue's own words do.
const ServerView* server_view(std::string_view id);

}  // namespace l2tp::diagnosis
