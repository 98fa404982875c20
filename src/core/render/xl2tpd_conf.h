// Settings -> xl2tpd.conf(5) of one connection: one LAC that dials at once.
#pragma once

#include <string>

#include "core/render/endpoints.h"
#include "core/settings.h"

namespace l2tp::render {

// `ppp_options_file`: the absolute path that pppd is to read.
std::string xl2tpd_conf(const Settings& settings, const Endpoints& endpoints,
                        const std::string& ppp_options_file);

}  // namespace l2tp::render
