// Which network this machine is on, so that what failed on one is tried again on the next.
#pragma once

#include <string>

namespace autofix::providers {

/// The addresses of all interfaces that are up, loopback left out; changes when a cable, a Wi-Fi or a VPN
/// comes or goes. Empty when there are none or they cannot be listed.
std::string network_fingerprint();

}  // namespace autofix::providers
