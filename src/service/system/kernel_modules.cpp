#include "service/system/kernel_modules.h"

#include <sys/stat.h>

#include <csignal>

namespace l2tp {

bool KernelModules::have_l2tp_ppp() {
  struct stat status {};
  return stat("/proc/net/pppol2tp", &status) == 0;
}

void KernelModules::load(std::function<void()> done) {
  if (have_l2tp_ppp()) return done();
  auto finished = std::make_shared<std::function<void()>>(std::move(done));
  auto child =
      ChildProcess::spawn({.argv = {"modprobe", "-q", "-a", "l2tp_ppp", "l2tp_netlink"}, .environment = {}},
                          {.line = {}, .exited = [this, finished](Exit) {
                             patience_.reset();
                             (*finished)();
                           }});
  if (!child) return (*finished)();
  modprobe_ = std::move(child.value());
  patience_ = clock_.after(Milliseconds{3000}, [this] { modprobe_->terminate(SIGTERM, Milliseconds{200}); });
}

}  // namespace l2tp
