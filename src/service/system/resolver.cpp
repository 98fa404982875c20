#include "service/system/resolver.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "core/render/endpoints.h"
#include "machine/fd.h"

namespace l2tp {

void Resolver::resolve(const std::string& host, std::function<void(Result<Answer, std::string>)> done) {
  if (const auto literal = Ipv4Address::parse(host)) return done(Answer{{*literal}, false});
  if (is_ipv6_literal(host)) return done(Answer{{}, true});
  done_ = std::move(done);
  const ObjectRef<GResolver> resolver{g_resolver_get_default()};
  g_resolver_lookup_by_name_async(resolver.get(), host.c_str(), cancellable_.get(), on_answer, this);
}

void Resolver::on_answer(GObject* source, GAsyncResult* result, gpointer self) {
  GError* raw = nullptr;
  GList* addresses = g_resolver_lookup_by_name_finish(G_RESOLVER(source), result, &raw);
  const ErrorPtr error{raw};
  if (was_cancelled(error.get())) return;
  auto* resolver = static_cast<Resolver*>(self);
  const auto done = std::move(resolver->done_);
  if (error) return done(Unexpected{std::string{error->message}});

  Answer answer;
  for (const GList* item = addresses; item != nullptr; item = item->next) {
    auto* address = static_cast<GInetAddress*>(item->data);
    if (g_inet_address_get_family(address) != G_SOCKET_FAMILY_IPV4) {
      answer.ipv6 = true;
      continue;
    }
    std::uint32_t value = 0;
    std::memcpy(&value, g_inet_address_to_bytes(address), sizeof value);
    answer.ipv4.push_back(Ipv4Address::from_network_order(value));
  }
  g_resolver_free_addresses(addresses);
  done(answer);
}

Result<Ipv4Address, std::string> Resolver::source_address(const Ipv4Address& gateway) {
  // Connecting a UDP socket makes the kernel choose the route; no packet is sent.
  const Fd fd{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(render::l2tp_port);
  name.sin_addr.s_addr = gateway.network_order();
  socklen_t size = sizeof name;
  auto* generic = reinterpret_cast<sockaddr*>(&name);
  if (!fd || connect(fd.get(), generic, size) != 0 || getsockname(fd.get(), generic, &size) != 0)
    return Unexpected{std::string{std::strerror(errno)}};
  return Ipv4Address::from_network_order(name.sin_addr.s_addr);
}

}  // namespace l2tp
