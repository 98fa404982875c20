// Log lines with fields: to the journal where standard error is one, as plain text elsewhere. No line ever
// holds a secret.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace l2tp::journal {

// As syslog(3) numbers them; NetworkManager hands the level to show over in NM_VPN_LOG_LEVEL.
enum class Level { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

using Field = std::pair<std::string_view, std::string>;

// What this process shows: NM_VPN_LOG_LEVEL (1 to 7), else notice; `debug` shows all.
void set_up(bool debug);
[[nodiscard]] bool shows(Level level);

// One line; `fields` (names in capitals) go to the journal beside it, and behind the text elsewhere.
void log(Level level, const std::string& message, std::initializer_list<Field> fields = {});

}  // namespace l2tp::journal
