#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "core/wording.h"
#include "doctor/checks.h"
#include "doctor/distribution.h"

namespace l2tp::doctor {

namespace {

using Names = std::set<std::string>;

// "kernel/net/l2tp/l2tp-ppp.ko.xz" -> "l2tp_ppp": the kernel takes both signs for one.
std::string module_name(const std::string& path) {
  auto name = path.substr(path.rfind('/') + 1);
  name = name.substr(0, name.find(".ko"));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// What modprobe(8) of this machine knows.
class Modules {
 public:
  explicit Modules(const Machine& machine) : machine_(machine), folder_("/lib/modules/" + machine.kernel) {
    for (const auto& line : lines_of(machine.read("/proc/modules").value_or("")))
      if (const auto words = words_of(line); !words.empty()) present_.insert(words.front());
    for (const auto& line : lines_of(machine.read(folder_ + "/modules.builtin").value_or("")))
      present_.insert(module_name(line));
    read_dependencies();
    read_configuration();
    read_command_line();
  }

  [[nodiscard]] bool have_tree() const { return machine_.exists(folder_); }
  // Loaded, or a part of the kernel.
  [[nodiscard]] bool is_present(const std::string& name) const { return present_.contains(name); }
  [[nodiscard]] bool is_known(const std::string& name) const {
    return is_present(name) || dependencies_.contains(name);
  }
  // It and all that it needs.
  [[nodiscard]] std::vector<std::string> with_dependencies(const std::string& name) const {
    std::vector<std::string> names{name};
    if (const auto found = dependencies_.find(name); found != dependencies_.end())
      names.insert(names.end(), found->second.begin(), found->second.end());
    return names;
  }
  // Where it is said that the module is never to be loaded; empty: nowhere.
  [[nodiscard]] std::string forbidden_in(const std::string& name) const { return value_of(forbidden_, name); }
  // Where it is said that the kernel is not to load it by itself; modprobe NAME does.
  [[nodiscard]] std::string blacklisted_in(const std::string& name) const {
    return value_of(blacklisted_, name);
  }

 private:
  using Places = std::map<std::string, std::string>;

  static std::string value_of(const Places& places, const std::string& name) {
    const auto found = places.find(name);
    return found == places.end() ? std::string{} : found->second;
  }

  // modules.dep(5): "PATH: PATH...", where the second ones are all that the first one needs.
  void read_dependencies() {
    for (const auto& line : lines_of(machine_.read(folder_ + "/modules.dep").value_or(""))) {
      const auto colon = line.find(':');
      if (colon == std::string::npos) continue;
      auto& needs = dependencies_[module_name(line.substr(0, colon))];
      for (const auto& path : words_of(line.substr(colon + 1))) needs.push_back(module_name(path));
    }
  }

  // modprobe.d(5): of files of one name only the first folder's counts.
  void read_configuration() {
    std::map<std::string, std::string> files;
    for (const std::string folder : {"/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d",
                                     "/usr/lib/modprobe.d", "/lib/modprobe.d"})
      for (const auto& path : machine_.list(folder))
        if (path.ends_with(".conf")) files.emplace(path.substr(path.rfind('/') + 1), path);
    for (const auto& [name, path] : files)
      for (const auto& line : lines_of(machine_.read(path).value_or(""))) read_line(words_of(line), path);
  }

  void read_line(const std::vector<std::string>& words, const std::string& path) {
    if (words.size() < 2) return;
    const auto name = module_name(words[1]);
    if (words[0] == "blacklist") blacklisted_.emplace(name, path);
    if (words[0] != "install" || words.size() < 3) return;
    const auto program = words[2].substr(words[2].rfind('/') + 1);
    if (program == "false" || program == "true" || program == ":") forbidden_.emplace(name, path);
  }

  void read_command_line() {
    for (const auto& word : words_of(machine_.read("/proc/cmdline").value_or(""))) {
      for (const auto& [option, places] :
           {std::pair{std::string_view{"module_blacklist="}, &forbidden_},
            std::pair{std::string_view{"modprobe.blacklist="}, &blacklisted_}}) {
        if (!word.starts_with(option)) continue;
        std::istringstream names{word.substr(option.size())};
        for (std::string name; std::getline(names, name, ',');)
          places->emplace(module_name(name), "the kernel's command line");
      }
    }
  }

  const Machine& machine_;
  std::string folder_;
  Names present_;
  std::map<std::string, std::vector<std::string>> dependencies_;
  Places forbidden_, blacklisted_;
};

struct Need {
  const char* id;
  const char* what;                  // what the kernel then has
  std::vector<std::string> modules;  // all of them
  const char* evidence;              // a file that the kernel shows when it has them all; nullptr: none
  Level without;                     // how bad it is not to have it
  const char* consequence;           // and what then happens
  bool loaded_by_us;                 // by name, so that a blacklist does not matter
};

const std::vector<Need>& needs() {
  static const std::vector<Need> all{
      {"kernel-ppp",
       "PPP",
       {"ppp_generic"},
       "/sys/class/ppp",
       Level::error,
       "pppd cannot work without",
       true},
      {"kernel-l2tp",
       "L2TP",
       {"l2tp_ppp", "l2tp_netlink"},
       "/proc/net/pppol2tp",
       Level::warning,
       "xl2tpd then carries the data itself, which is slower",
       true},
      {"kernel-ipsec",
       "IPsec",
       {"xfrm_user", "esp4"},
       nullptr,  // /proc/net/xfrm_stat tells of the framework, not of its modules
       Level::error,
       "no IPsec daemon can work without",
       false},
  };
  return all;
}

void report_need(const Machine& machine, const Modules& modules, const Need& need, Group& group) {
  std::vector<std::string> missing;
  bool all_present = true;
  for (const auto& name : need.modules) {
    all_present = all_present && modules.is_present(name);
    if (!modules.is_known(name)) missing.push_back(name);
  }
  const std::string what = need.what;
  const bool shown = need.evidence != nullptr && machine.exists(need.evidence);
  if (all_present || shown) return group.ok(need.id, "The kernel has " + what + ".");
  if (!modules.have_tree())
    return group.unchecked(
        need.id, "whether the kernel can load " + joined(need.modules) + ": it has no folder of modules");
  if (missing.empty()) return group.ok(need.id, "The kernel can load " + what + ".");
  group.add(need.without, need.id,
            "The kernel " + machine.kernel + " has no " + joined(missing) + "; " + need.consequence + ".",
            how_to_install(machine, Software::kernel_modules));
}

void report_tree(const Machine& machine, const Modules& modules, Group& group) {
  if (modules.have_tree()) return group.ok("kernel-modules", "Linux " + machine.kernel + " has its modules.");
  const auto others = machine.list("/lib/modules");
  if (others.empty())
    group.unchecked("kernel-modules", "the modules of Linux " + machine.kernel +
                                          ": there is no /lib/modules here (a container?)");
  else
    group.error("kernel-modules",
                "The modules of the kernel that runs (" + machine.kernel +
                    ") are gone: the kernel was updated, and the machine not restarted.",
                "Restart the machine.");
}

void report_blacklist(const Modules& modules, Group& group) {
  bool fine = true;
  for (const auto& need : needs()) {
    Names asked;
    for (const auto& name : need.modules) {
      for (const auto& one : modules.with_dependencies(name)) {
        if (!asked.insert(one).second) continue;
        auto place = modules.forbidden_in(one);
        if (place.empty() && !need.loaded_by_us && one == name) place = modules.blacklisted_in(one);
        if (place.empty()) continue;
        fine = false;
        const bool present = modules.is_present(one);
        group.add(present ? Level::warning : need.without, "kernel-blacklist",
                  "The module " + one + " is not to be loaded, as " + place + " says; " +
                      (present ? "it is here until the next start." : std::string{need.consequence} + "."),
                  "Take the line about " + one + " out of " + place + ".");
      }
    }
  }
  if (fine) group.ok("kernel-blacklist", "No module that is needed is kept from being loaded.");
}

}  // namespace

Group check_kernel(const Machine& machine) {
  Group group{"Kernel"};
  const Modules modules{machine};
  report_tree(machine, modules, group);
  for (const auto& need : needs()) report_need(machine, modules, need, group);
  report_blacklist(modules, group);
  return group;
}

}  // namespace l2tp::doctor
