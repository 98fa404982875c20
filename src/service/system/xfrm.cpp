#include "service/system/xfrm.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/xfrm.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <set>
#include <vector>

namespace l2tp::xfrm {

namespace {

// Behind every policy of a daemon: charon and pluto use priorities far below this, and a smaller number wins.
constexpr std::uint32_t guard_priority = 0x7fffffff;

// Two policies of one selector replace each other, whatever their priorities. The guard's selector matches
// the same packets as the daemon's and still differs from it: the kernel compares the field `user` but gives
// it no meaning.
constexpr std::uint32_t guard_mark = 1701;

struct CloseSocket {
  void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};
using Socket = std::unique_ptr<mnl_socket, CloseSocket>;
using Message = std::function<void(const nlmsghdr*)>;

class Netlink {
 public:
  Netlink() : socket_(mnl_socket_open2(NETLINK_XFRM, SOCK_CLOEXEC)) {
    if (socket_ && mnl_socket_bind(socket_.get(), 0, MNL_SOCKET_AUTOPID) < 0) socket_.reset();
  }

  // A request with one fixed payload; errno on failure.
  template <typename Payload>
  bool request(std::uint16_t type, const Payload& payload) {
    std::array<char, 4096> buffer{};
    auto* header = prepare(buffer.data(), type, NLM_F_ACK);
    std::memcpy(mnl_nlmsg_put_extra_header(header, sizeof(Payload)), &payload, sizeof(Payload));
    return send(header, {});
  }

  // All that the kernel has of one kind, a message each.
  bool dump(std::uint16_t type, const Message& each) {
    std::array<char, 64> buffer{};
    return send(prepare(buffer.data(), type, NLM_F_DUMP), each);
  }

 private:
  nlmsghdr* prepare(char* buffer, std::uint16_t type, std::uint16_t flags) {
    auto* header = mnl_nlmsg_put_header(buffer);
    header->nlmsg_type = type;
    header->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    header->nlmsg_seq = ++sequence_;
    return header;
  }

  bool send(const nlmsghdr* header, const Message& each) {
    return socket_ && mnl_socket_sendto(socket_.get(), header, header->nlmsg_len) >= 0 && receive(each);
  }

  static int on_message(const nlmsghdr* header, void* data) {
    const auto& each = *static_cast<const Message*>(data);
    if (each) each(header);
    return MNL_CB_OK;
  }

  bool receive(const Message& each) {
    std::array<char, 65536> buffer{};
    auto callback_data = each;
    const auto port = mnl_socket_get_portid(socket_.get());
    while (true) {
      const auto size = mnl_socket_recvfrom(socket_.get(), buffer.data(), buffer.size());
      if (size < 0) return false;
      const int result = mnl_cb_run(buffer.data(), static_cast<std::size_t>(size), sequence_, port,
                                    on_message, &callback_data);
      if (result < 0) return false;
      if (result == MNL_CB_STOP) return true;
    }
  }

  Socket socket_;
  unsigned sequence_ = 0;
};

xfrm_selector selector(const render::Endpoints& flow, std::uint8_t direction) {
  xfrm_selector selector{};
  const bool out = direction == XFRM_POLICY_OUT;
  selector.family = AF_INET;
  selector.proto = IPPROTO_UDP;
  selector.saddr.a4 = (out ? flow.local : flow.gateway).network_order();
  selector.daddr.a4 = (out ? flow.gateway : flow.local).network_order();
  selector.sport = htons(out ? flow.source_port : render::l2tp_port);
  selector.dport = htons(out ? render::l2tp_port : flow.source_port);
  selector.prefixlen_s = selector.prefixlen_d = 32;
  selector.sport_mask = selector.dport_mask = 0xffff;
  return selector;
}

bool same_flow(const xfrm_selector& a, const xfrm_selector& b) {
  return a.family == b.family && a.proto == b.proto && a.saddr.a4 == b.saddr.a4 && a.daddr.a4 == b.daddr.a4 &&
         a.sport == b.sport && a.dport == b.dport && a.prefixlen_s == b.prefixlen_s &&
         a.prefixlen_d == b.prefixlen_d;
}

Error error_unless(bool done) {
  if (done) return std::nullopt;
  return std::string{std::strerror(errno)};
}

bool remove_policy(Netlink& netlink, const xfrm_selector& selector, std::uint8_t direction) {
  xfrm_userpolicy_id id{};
  id.sel = selector;
  id.dir = direction;
  return netlink.request(XFRM_MSG_DELPOLICY, id) || errno == ENOENT;
}

struct FoundPolicy {
  xfrm_userpolicy_info info;
  std::set<std::uint32_t> reqids;
};

int take_reqids(const nlattr* attribute, void* data) {
  if (mnl_attr_get_type(attribute) != XFRMA_TMPL) return MNL_CB_OK;
  auto& reqids = *static_cast<std::set<std::uint32_t>*>(data);
  const auto count = mnl_attr_get_payload_len(attribute) / sizeof(xfrm_user_tmpl);
  const auto* templates = static_cast<const xfrm_user_tmpl*>(mnl_attr_get_payload(attribute));
  for (std::size_t i = 0; i < count; ++i) reqids.insert(templates[i].reqid);
  return MNL_CB_OK;
}

// The reqids by which a policy's templates refer to states; 0 means any, and is none.
std::set<std::uint32_t> reqids_of(const nlmsghdr* header) {
  std::set<std::uint32_t> reqids;
  mnl_attr_parse(header, sizeof(xfrm_userpolicy_info), take_reqids, &reqids);
  reqids.erase(0);
  return reqids;
}

template <std::uint16_t type>
int note_attribute(const nlattr* attribute, void* data) {
  if (mnl_attr_get_type(attribute) == type) *static_cast<bool*>(data) = true;
  return MNL_CB_OK;
}

// A policy without a template asks for no IPsec.
bool has_template(const nlmsghdr* header) {
  bool found = false;
  mnl_attr_parse(header, sizeof(xfrm_userpolicy_info), note_attribute<XFRMA_TMPL>, &found);
  return found;
}

bool is_encapsulated(const nlmsghdr* header) {
  bool found = false;
  mnl_attr_parse(header, sizeof(xfrm_usersa_info), note_attribute<XFRMA_ENCAP>, &found);
  return found;
}

bool prefix_holds(std::uint32_t network, std::uint8_t length, std::uint32_t address) {
  const std::uint32_t mask =
      length == 0 ? 0 : htonl(~std::uint32_t{0} << (32 - std::min<unsigned>(length, 32)));
  return ((network ^ address) & mask) == 0;
}

// Whether every packet of `flow` matches `wide`.
bool covers(const xfrm_selector& wide, const xfrm_selector& flow) {
  return (wide.family == AF_INET || wide.family == AF_UNSPEC) &&
         (wide.proto == 0 || wide.proto == flow.proto) &&
         prefix_holds(wide.saddr.a4, wide.prefixlen_s, flow.saddr.a4) &&
         prefix_holds(wide.daddr.a4, wide.prefixlen_d, flow.daddr.a4) &&
         ((wide.sport ^ flow.sport) & wide.sport_mask) == 0 &&
         ((wide.dport ^ flow.dport) & wide.dport_mask) == 0;
}

std::string words(const xfrm_userpolicy_info& policy) {
  const auto end = [](std::uint32_t address, unsigned length) {
    return Ipv4Address::from_network_order(address).to_string() + "/" + std::to_string(length);
  };
  return end(policy.sel.saddr.a4, policy.sel.prefixlen_s) + " to " +
         end(policy.sel.daddr.a4, policy.sel.prefixlen_d) + ", priority " + std::to_string(policy.priority);
}

bool is_the_daemons(const xfrm_userpolicy_info& policy, const render::Endpoints& flow) {
  return (policy.dir == XFRM_POLICY_IN || policy.dir == XFRM_POLICY_OUT) &&
         same_flow(policy.sel, selector(flow, policy.dir)) && policy.sel.user != guard_mark;
}

// Every policy of the kernel, with the message that told of it.
void each_policy(Netlink& netlink,
                 const std::function<void(const xfrm_userpolicy_info&, const nlmsghdr*)>& take) {
  netlink.dump(XFRM_MSG_GETPOLICY, [&](const nlmsghdr* header) {
    if (mnl_nlmsg_get_payload_len(header) < sizeof(xfrm_userpolicy_info)) return;
    xfrm_userpolicy_info info{};
    std::memcpy(&info, mnl_nlmsg_get_payload(header), sizeof info);
    take(info, header);
  });
}

std::set<std::uint32_t> reqids_of(const std::vector<FoundPolicy>& policies) {
  std::set<std::uint32_t> reqids;
  for (const auto& policy : policies) reqids.insert(policy.reqids.begin(), policy.reqids.end());
  return reqids;
}

std::vector<FoundPolicy> policies_of(Netlink& netlink, const render::Endpoints& flow) {
  std::vector<FoundPolicy> found;
  each_policy(netlink, [&](const xfrm_userpolicy_info& info, const nlmsghdr* header) {
    if (is_the_daemons(info, flow)) found.push_back({info, reqids_of(header)});
  });
  return found;
}

struct FoundState {
  xfrm_usersa_info info;
  bool encapsulated;
};

std::vector<FoundState> states_of(Netlink& netlink, const render::Endpoints& flow,
                                  const std::set<std::uint32_t>& reqids) {
  std::vector<FoundState> found;
  const auto local = flow.local.network_order();
  const auto gateway = flow.gateway.network_order();
  netlink.dump(XFRM_MSG_GETSA, [&](const nlmsghdr* header) {
    if (mnl_nlmsg_get_payload_len(header) < sizeof(xfrm_usersa_info)) return;
    xfrm_usersa_info info{};
    std::memcpy(&info, mnl_nlmsg_get_payload(header), sizeof info);
    const bool ours = (info.saddr.a4 == local && info.id.daddr.a4 == gateway) ||
                      (info.saddr.a4 == gateway && info.id.daddr.a4 == local);
    if (info.family == AF_INET && ours && reqids.contains(info.reqid))
      found.push_back({info, is_encapsulated(header)});
  });
  return found;
}

// A state without an SPI is the kernel's note that it has asked the daemon for one.
bool is_usable(const xfrm_usersa_info& state) {
  return state.id.spi != 0 && state.id.proto == IPPROTO_ESP;
}

xfrm_selector guard_selector(const render::Endpoints& flow, std::uint8_t direction) {
  auto guard = selector(flow, direction);
  guard.user = guard_mark;
  // Nor is anything from the server's other ports let in to ours: L2TP tells its tunnels by their numbers
  // alone.
  if (direction == XFRM_POLICY_IN) guard.sport = guard.sport_mask = 0;
  return guard;
}

}  // namespace

Error add_guard(const render::Endpoints& flow) {
  Netlink netlink;
  for (const std::uint8_t direction : {XFRM_POLICY_OUT, XFRM_POLICY_IN}) {
    xfrm_userpolicy_info policy{};
    policy.sel = guard_selector(flow, direction);
    policy.lft.soft_byte_limit = policy.lft.hard_byte_limit = XFRM_INF;
    policy.lft.soft_packet_limit = policy.lft.hard_packet_limit = XFRM_INF;
    policy.priority = guard_priority;
    policy.dir = direction;
    policy.action = XFRM_POLICY_BLOCK;
    // UPDPOLICY adds, or replaces an older guard.
    if (!netlink.request(XFRM_MSG_UPDPOLICY, policy)) return error_unless(false);
  }
  return std::nullopt;
}

std::optional<std::string> bypass_of(const render::Endpoints& flow) {
  Netlink netlink;
  std::uint32_t ours = 0;
  for (const auto& policy : policies_of(netlink, flow)) ours = std::max(ours, policy.info.priority);

  std::optional<std::string> found;
  each_policy(netlink, [&](const xfrm_userpolicy_info& info, const nlmsghdr* header) {
    const bool of_a_flow = info.dir == XFRM_POLICY_IN || info.dir == XFRM_POLICY_OUT;  // not of one socket
    if (!of_a_flow || info.action != XFRM_POLICY_ALLOW || has_template(header) || info.priority > ours)
      return;
    if (covers(info.sel, selector(flow, info.dir))) found = words(info);
  });
  return found;
}

bool has_sas(const render::Endpoints& flow) {
  Netlink netlink;
  bool in = false;
  bool out = false;
  for (const auto& [state, encapsulated] : states_of(netlink, flow, reqids_of(policies_of(netlink, flow)))) {
    if (!is_usable(state)) continue;
    (state.id.daddr.a4 == flow.local.network_order() ? in : out) = true;
  }
  return in && out;
}

bool has_policies(const render::Endpoints& flow) {
  Netlink netlink;
  bool in = false;
  bool out = false;
  for (const auto& policy : policies_of(netlink, flow)) (policy.info.dir == XFRM_POLICY_IN ? in : out) = true;
  return in && out;
}

Error remove_guard(const render::Endpoints& flow) {
  Netlink netlink;
  bool done = true;
  for (const std::uint8_t direction : {XFRM_POLICY_OUT, XFRM_POLICY_IN})
    done = remove_policy(netlink, guard_selector(flow, direction), direction) && done;
  return error_unless(done);
}

bool esp_unanswered(const render::Endpoints& flow) {
  Netlink netlink;
  bool bare = false;
  for (const auto& state : states_of(netlink, flow, reqids_of(policies_of(netlink, flow)))) {
    if (state.info.id.proto != IPPROTO_ESP) continue;
    const bool inbound = state.info.id.daddr.a4 == flow.local.network_order();
    if (state.encapsulated || (inbound && state.info.curlft.packets > 0)) return false;
    bare = true;
  }
  return bare;
}

Error remove_remains(const render::Endpoints& flow) {
  Netlink netlink;
  bool done = true;
  const auto policies = policies_of(netlink, flow);
  for (const auto& policy : policies) done = remove_policy(netlink, policy.info.sel, policy.info.dir) && done;
  for (const auto& [state, encapsulated] : states_of(netlink, flow, reqids_of(policies))) {
    xfrm_usersa_id id{};
    id.daddr = state.id.daddr;
    id.spi = state.id.spi;
    id.family = state.family;
    id.proto = state.id.proto;
    done = (netlink.request(XFRM_MSG_DELSA, id) || errno == ESRCH) && done;
  }
  return error_unless(done);
}

Error remove_neighbour_bypass() {
  constexpr std::uint32_t plutos_priority = 1;
  constexpr std::uint16_t solicitation = 135;  // RFC 4861: types of ICMPv6, which stand where ports do
  constexpr std::uint16_t advertisement = 136;
  Netlink netlink;
  std::vector<xfrm_userpolicy_info> found;
  each_policy(netlink, [&](const xfrm_userpolicy_info& info, const nlmsghdr* header) {
    const auto type = ntohs(info.sel.sport);
    if (info.sel.family == AF_INET6 && info.sel.proto == IPPROTO_ICMPV6 && info.priority == plutos_priority &&
        (type == solicitation || type == advertisement) && info.sel.prefixlen_s == 0 &&
        info.sel.prefixlen_d == 0 && info.action == XFRM_POLICY_ALLOW && !has_template(header))
      found.push_back(info);
  });
  bool done = true;
  for (const auto& policy : found) done = remove_policy(netlink, policy.sel, policy.dir) && done;
  return error_unless(done);
}

}  // namespace l2tp::xfrm
