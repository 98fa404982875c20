#include "import/import.h"

#include "core/words.h"
#include "import/apple_profile.h"
#include "import/text.h"
#include "import/windows_phonebook.h"
#include "import/windows_powershell.h"

namespace l2tp::import {

ImportResult import_foreign(std::string_view bytes, const ReadBeside& read) {
  if (bytes.size() > largest_file)
    return Unexpected{std::string{_("The file is too large for a VPN connection.")}};
  if (looks_like_apple_profile(bytes)) return read_apple_profile(bytes);
  const auto text = to_utf8(bytes);
  if (text) {
    if (looks_like_windows_phonebook(*text)) return read_windows_phonebook(*text);
    if (looks_like_windows_powershell(*text)) return read_windows_powershell(*text);
    if (looks_like_xl2tpd_conf(*text) || looks_like_ipsec_conf(*text)) return read_daemon_files(*text, read);
  }
  return Unexpected{std::string{
      _("The file describes no L2TP connection: neither an export of this plugin, nor Windows' phone book or "
        "PowerShell script, nor Apple's configuration profile, nor xl2tpd.conf or ipsec.conf.")}};
}

}  // namespace l2tp::import
