#include "service/system/route.h"

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include <array>
#include <memory>

namespace l2tp {

namespace {

struct CloseSocket {
  void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};
using Socket = std::unique_ptr<mnl_socket, CloseSocket>;

int take_link(const nlattr* attribute, void* link) {
  if (mnl_attr_get_type(attribute) == RTA_OIF && mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
    *static_cast<unsigned*>(link) = mnl_attr_get_u32(attribute);
  return MNL_CB_OK;
}

int take_route(const nlmsghdr* header, void* link) {
  return mnl_attr_parse(header, sizeof(rtmsg), take_link, link);
}

}  // namespace

// rtnetlink(7), RTM_GETROUTE.
unsigned link_towards(const Ipv4Address& address, const Ipv4Address& local) {
  std::array<char, 8192> buffer{};
  auto* header = mnl_nlmsg_put_header(buffer.data());
  header->nlmsg_type = RTM_GETROUTE;
  header->nlmsg_flags = NLM_F_REQUEST;
  header->nlmsg_seq = 1;
  auto* route = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(rtmsg)));
  route->rtm_family = AF_INET;
  route->rtm_dst_len = 32;
  mnl_attr_put_u32(header, RTA_DST, address.network_order());
  route->rtm_src_len = 32;
  mnl_attr_put_u32(header, RTA_SRC, local.network_order());

  const Socket socket{mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC)};
  if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0 ||
      mnl_socket_sendto(socket.get(), header, header->nlmsg_len) < 0)
    return 0;
  const auto size = mnl_socket_recvfrom(socket.get(), buffer.data(), buffer.size());
  if (size <= 0) return 0;
  unsigned link = 0;
  const auto port = mnl_socket_get_portid(socket.get());
  const int read = mnl_cb_run(buffer.data(), static_cast<std::size_t>(size), 1, port, take_route, &link);
  return read < 0 ? 0 : link;
}

}  // namespace l2tp
