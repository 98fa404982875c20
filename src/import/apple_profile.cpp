#include "import/apple_profile.h"

#include <openssl/cms.h>

#include <algorithm>
#include <span>

#include "core/openssl.h"
#include "core/wording.h"
#include "core/words.h"
#include "import/property_list.h"
#include "import/text.h"

namespace l2tp::import {

namespace {

using Cms = std::unique_ptr<CMS_ContentInfo, openssl::Free<CMS_ContentInfo_free>>;

constexpr char der_sequence = '\x30';

// What a CMS SignedData (RFC 5652) holds; nothing: it is none. Who signed does not matter: whoever imports a
// file has chosen to trust it, as with an unsigned one.
std::optional<std::string> signed_content(std::string_view der) {
  const openssl::Bio in{BIO_new_mem_buf(der.data(), static_cast<int>(der.size()))};
  const Cms cms{d2i_CMS_bio(in.get(), nullptr)};
  if (!cms) return std::nullopt;
  auto** content = CMS_get0_content(cms.get());
  if (content == nullptr || *content == nullptr) return std::nullopt;
  return std::string{reinterpret_cast<const char*>(ASN1_STRING_get0_data(*content)),
                     static_cast<std::size_t>(ASN1_STRING_length(*content))};
}

bool says_yes(std::string_view text) {
  return text == "true" || text == "1";
}

bool is_l2tp(const PropertyList& payload) {
  return payload.text_of("PayloadType").starts_with("com.apple.vpn.managed") &&
         payload.text_of("VPNType") == "L2TP";
}

std::string name_of(const PropertyList& payload) {
  const auto name = payload.text_of("UserDefinedName");
  return name.empty() ? payload.text_of("PayloadDisplayName") : name;
}

void take_ppp(const PropertyList& ppp, Imported& imported) {
  imported.data["gateway"] = trimmed(ppp.text_of("CommRemoteAddress"));
  if (const auto user = ppp.text_of("AuthName"); !user.empty()) imported.data["user"] = user;
  if (const auto password = ppp.text_of("AuthPassword"); !password.empty())
    imported.secrets.emplace("password", Secret{password});
  if (says_yes(ppp.text_of("TokenCard"))) {
    constexpr std::string_view not_saved = "2";
    imported.data["password-flags"] = not_saved;
    imported.secrets.erase("password");
  }
  const auto* plugins = ppp.find("AuthEAPPlugins");
  if (plugins == nullptr) return;
  const bool tls = std::any_of(plugins->array.begin(), plugins->array.end(),
                               [](const PropertyList& plugin) { return plugin.text == "EAP-TLS"; });
  if (tls) {
    imported.data["user-auth-type"] = "tls";
    // Translators: a payload is one of the parts of Apple's configuration profile.
    imported.notes.emplace_back(
        _("Choose the user's certificate (user-cert): it is another payload of the profile."));
  } else if (!plugins->array.empty()) {
    imported.notes.push_back(
        fill(_("Login by {0} is not supported."), {in_quotes(plugins->array.front().text)}));
  }
}

void take_ipsec(const PropertyList* ipsec, Imported& imported) {
  const auto method = ipsec == nullptr ? "" : ipsec->text_of("AuthenticationMethod");
  if (method.empty()) {
    // Translators: here and below, the profile is the file that is imported: Apple's configuration profile.
    imported.notes.emplace_back(_("The profile has no IPsec: the connection is not encrypted."));
    return;
  }
  imported.data["ipsec-enabled"] = "yes";
  if (method == "Certificate") {
    imported.data["machine-auth-type"] = "tls";
    imported.notes.emplace_back(
        _("Choose the machine's certificate (machine-cert) and the CA (machine-ca): they are other payloads "
          "of the profile."));
  } else if (const auto key = ipsec->text_of("SharedSecret"); !key.empty()) {
    imported.secrets.emplace("ipsec-psk", Secret{key});
  } else {
    imported.notes.emplace_back(_("Enter the pre-shared key: the profile does not hold it."));
  }
  if (const auto group = ipsec->text_of("LocalIdentifier"); !group.empty())
    imported.data["ipsec-group-name"] = group;
}

ImportResult connection_of(const PropertyList& payload) {
  Imported imported;
  imported.name = name_of(payload);
  const auto* ppp = payload.find("PPP");
  if (ppp == nullptr || ppp->text_of("CommRemoteAddress").empty())
    return Unexpected{fill(_("The profile's connection {0} names no server."), {in_quotes(imported.name)})};
  take_ppp(*ppp, imported);
  take_ipsec(payload.find("IPSec"), imported);
  if (const auto* ipv4 = payload.find("IPv4"); ipv4 != nullptr)
    imported.never_default =
        ipv4->find("OverridePrimary") != nullptr && !says_yes(ipv4->text_of("OverridePrimary"));
  if (says_yes(payload.text_of("OnDemandEnabled")))
    imported.notes.emplace_back(_("Connecting on demand was not taken over: see connection.autoconnect."));
  if (const auto* proxies = payload.find("Proxies"); proxies != nullptr && !proxies->dictionary.empty())
    imported.notes.emplace_back(_("The proxies were not taken over."));
  return imported;
}

void collect(const PropertyList& node, std::vector<const PropertyList*>& payloads) {
  if (is_l2tp(node)) payloads.push_back(&node);
  if (const auto* content = node.find("PayloadContent"); content != nullptr) {
    for (const auto& inner : content->array) collect(inner, payloads);
  }
}

}  // namespace

bool looks_like_apple_profile(std::string_view bytes) {
  if (bytes.starts_with(der_sequence)) return bytes.find("PayloadType") != std::string_view::npos;
  return bytes.find("<plist") != std::string_view::npos &&
         bytes.find("PayloadType") != std::string_view::npos;
}

ImportResult read_apple_profile(std::string_view bytes) {
  std::optional<std::string> text;
  if (bytes.starts_with(der_sequence)) {
    text = signed_content(bytes);
    if (!text)
      return Unexpected{std::string{_("The profile is signed or encrypted in a way that cannot be read.")}};
    bytes = *text;
  }
  const auto utf8 = to_utf8(bytes);
  const auto list = utf8 ? parse_property_list(*utf8) : std::nullopt;
  if (!list) return Unexpected{std::string{_("The profile is no XML property list.")}};
  std::vector<const PropertyList*> payloads;
  collect(*list, payloads);
  if (payloads.empty()) return Unexpected{std::string{_("The profile holds no L2TP connection.")}};
  auto imported = connection_of(*payloads.front());
  if (!imported) return imported;
  for (const auto* other : std::span{payloads}.subspan(1))
    imported.value().notes.push_back(
        fill(_("The profile also holds {0}, which was not imported."), {in_quotes(name_of(*other))}));
  return imported;
}

}  // namespace l2tp::import
