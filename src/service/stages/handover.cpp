#include "service/stages/handover.h"

#include <net/if.h>

#include <utility>

#include "libnm/libnm.h"
#include "service/system/route.h"

namespace l2tp {

namespace {

// NetworkManager sets its routes within moments. Later, when the network below is lost for a while, it is no
// fault of the profile's that nothing but the tunnel is left.
constexpr Milliseconds between_looks{1000};
constexpr int most_looks = 3;

class Dictionary {
 public:
  Dictionary() { g_variant_builder_init(&builder_, G_VARIANT_TYPE_VARDICT); }

  Dictionary& add(const char* key, GVariant* value) {
    g_variant_builder_add(&builder_, "{sv}", key, value);
    return *this;
  }
  Dictionary& add(const char* key, std::uint32_t value) { return add(key, g_variant_new_uint32(value)); }
  Dictionary& add(const char* key, bool value) {
    return add(key, g_variant_new_boolean(value ? TRUE : FALSE));
  }
  Dictionary& add(const char* key, const Ipv4Address& address) { return add(key, address.network_order()); }
  Dictionary& add(const char* key, const std::vector<Ipv4Address>& list) {
    if (list.empty()) return *this;
    std::vector<std::uint32_t> values;
    for (const auto& address : list) values.push_back(address.network_order());
    return add(key, g_variant_new_fixed_array(G_VARIANT_TYPE_UINT32, values.data(), values.size(),
                                              sizeof(std::uint32_t)));
  }
  Dictionary& add(const char* key, const std::array<std::uint8_t, 16>& address) {
    return add(key, g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, address.data(), address.size(), 1));
  }

  VariantPtr take() { return VariantPtr{g_variant_ref_sink(g_variant_builder_end(&builder_))}; }

 private:
  GVariantBuilder builder_{};
};

}  // namespace

VariantPtr general_config(const Activation& activation) {
  const auto& ppp = activation.ppp;
  Dictionary config;
  config.add(NM_VPN_PLUGIN_CONFIG_TUNDEV, g_variant_new_string(ppp.interface.c_str()))
      .add(NM_VPN_PLUGIN_CONFIG_EXT_GATEWAY, activation.endpoints.gateway)
      .add(NM_VPN_PLUGIN_CONFIG_HAS_IP4, ppp.ipv4)
      .add(NM_VPN_PLUGIN_CONFIG_HAS_IP6, ppp.ipv6);
  if (ppp.mtu != 0) config.add(NM_VPN_PLUGIN_CONFIG_MTU, ppp.mtu);
  return config.take();
}

VariantPtr ip4_config(const Activation& activation) {
  const auto& ppp = activation.ppp;
  Dictionary config;
  config.add(NM_VPN_PLUGIN_IP4_CONFIG_ADDRESS, ppp.address)
      .add(NM_VPN_PLUGIN_IP4_CONFIG_PREFIX, std::uint32_t{32})
      .add(NM_VPN_PLUGIN_IP4_CONFIG_DNS, ppp.dns)
      .add(NM_VPN_PLUGIN_IP4_CONFIG_NBNS, ppp.wins);
  // A peer that is the gateway itself would get a route through the tunnel that carries it.
  if (ppp.peer && *ppp.peer != activation.endpoints.gateway)
    config.add(NM_VPN_PLUGIN_IP4_CONFIG_PTP, *ppp.peer);
  if (activation.settings.ipv4_never_default) config.add(NM_VPN_PLUGIN_IP4_CONFIG_NEVER_DEFAULT, true);
  return config.take();
}

VariantPtr ip6_config(const Activation& activation) {
  Dictionary config;
  config.add(NM_VPN_PLUGIN_IP6_CONFIG_ADDRESS, activation.ppp.address6)
      .add(NM_VPN_PLUGIN_IP6_CONFIG_PREFIX, std::uint32_t{64});
  // A link-local address alone leads nowhere: no default route by it.
  config.add(NM_VPN_PLUGIN_IP6_CONFIG_NEVER_DEFAULT, true);
  return config.take();
}

void HandoverStage::start(Started started, Lost lost) {
  const auto& ppp = activation_.ppp;
  if (!ppp.ipv4 && !ppp.ipv6) return started(failure("handover-failed", "the server assigned no address"));
  lost_ = std::move(lost);
  sink_.config(general_config(activation_));
  if (ppp.ipv4) sink_.ip4_config(ip4_config(activation_));
  if (ppp.ipv6) sink_.ip6_config(ip6_config(activation_));
  look_at_route(most_looks);
  started(std::nullopt);
}

// NetworkManager adds a route of its own to the gateway, unless ipv4.auto-route-ext-gw forbids it; a route of
// the profile's with a lower metric still wins. Two looks in a row, for between two changes a route may be
// wrong.
void HandoverStage::look_at_route(int looks) {
  next_look_ = clock_.after(between_looks, [this, looks, before = tunnel_swallows_itself()] {
    if (before && tunnel_swallows_itself()) {
      const auto what = activation_.endpoints.gateway.to_string() + " goes by " + activation_.ppp.interface;
      return std::exchange(lost_, {})(failure("handover-route-in-tunnel", what));
    }
    if (looks > 0) look_at_route(looks - 1);
  });
}

bool HandoverStage::tunnel_swallows_itself() const {
  const auto tunnel = if_nametoindex(activation_.ppp.interface.c_str());
  const auto& ends = activation_.endpoints;
  return tunnel != 0 && link_towards(ends.gateway, ends.local) == tunnel;
}

void HandoverStage::stop(Stopped stopped) {
  next_look_.reset();
  stopped();
}

}  // namespace l2tp
