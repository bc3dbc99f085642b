// The faults of TRUST.md and PROVIDERS.md as data: a peer that has the fault, and what a link that meets it
// has to report.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "providers/catalog.h"
#include "providers/provider.h"
#include "tests/providers/tls_stand_in.h"
#include "tests/support/fake_provider.h"

namespace autofix::test {

/// Somebody to talk to for as long as it lives.
struct Peer {
  std::string base_url;
  std::shared_ptr<void> alive;
  std::function<bool()> kept_out = [] { return true; };  ///< false when somebody was asked who must not be
};

struct Fault {
  std::string name;
  std::vector<providers::ErrorKind> kinds;  ///< any of these; none: it is no fault, the link answers
  std::function<Peer()> start;
  providers::Timeouts timeouts;
};

Vendor vendor_of(providers::DialectKind dialect);

/// Every fault as this dialect meets it, with or without streaming. `authority` outlives them.
std::vector<Fault> all_faults(providers::DialectKind dialect, bool stream, const TestAuthority& authority);

/// The vendor's good answer.
Peer good_peer(providers::DialectKind dialect);

}  // namespace autofix::test
