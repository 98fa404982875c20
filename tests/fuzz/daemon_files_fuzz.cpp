// libFuzzer's target for the daemons' files. An input is several of them: "@@ NAME" on a line of its own
// begins the next, and the first has no name.
#include "import/daemon_files.h"

#include <map>

#include "fuzz/imported.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace l2tp;
  std::map<std::string, std::string> files;
  std::string name;
  for (auto rest = text_of(data, size); !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.starts_with("@@ "))
      name = line.substr(3);
    else
      files[name].append(line).append("\n");
  }
  import::looks_like_xl2tpd_conf(files[""]);
  import::looks_like_ipsec_conf(files[""]);
  require_whole(
      import::read_daemon_files(files[""], [&files](const std::string& wanted) -> std::optional<std::string> {
        const auto found = files.find(wanted);
        return found == files.end() ? std::nullopt : std::optional{found->second};
      }));
  return 0;
}
