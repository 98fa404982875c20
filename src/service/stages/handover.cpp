#include "service/stages/handover.h"

#include "libnm/libnm.h"

namespace l2tp {

namespace {

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

void HandoverStage::start(Started started, Lost) {
  const auto& ppp = activation_.ppp;
  if (!ppp.ipv4 && !ppp.ipv6) return started(failure("handover-failed", "the server assigned no address"));
  sink_.config(general_config(activation_));
  if (ppp.ipv4) sink_.ip4_config(ip4_config(activation_));
  if (ppp.ipv6) sink_.ip6_config(ip6_config(activation_));
  started(std::nullopt);
}

}  // namespace l2tp
