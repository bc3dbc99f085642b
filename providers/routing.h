// In which order links are asked: as configured, or by what is known of them. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "providers/clock.h"

namespace autofix::providers {

enum class Routing { ordered, fastest, cheapest, roomiest };

/// `ordered` for a name that is none.
Routing routing_named(std::string_view name);

/// What is known of one link when a request begins.
struct LinkFacts {
  bool movable = true;                  ///< false for links without a provider: they stay where they stand
  std::optional<Milliseconds> latency;  ///< of its answers so far
  double usd = 0.0;                     ///< what this request would cost
  std::optional<double> room;           ///< share of its quota that is left, 0 to 1; empty: no limit is known
};

/// Indices into `links` in the order of asking. Equal ones keep the configured order. A link that has not
/// answered yet counts as fast, and one without a known limit as full: otherwise it would never be found out.
std::vector<std::size_t> routed(Routing routing, std::span<const LinkFacts> links);

/// How fast a link is, old answers counting less and less.
Milliseconds smoothed_latency(std::optional<Milliseconds> old, Milliseconds latest);

}  // namespace autofix::providers
