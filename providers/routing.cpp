#include "providers/routing.h"

#include <algorithm>
#include <numeric>

namespace autofix::providers {
namespace {

/// Smaller is asked earlier.
double rank(Routing routing, const LinkFacts& link) {
  switch (routing) {
    case Routing::ordered:
      break;
    case Routing::fastest:
      return static_cast<double>(link.latency.value_or(Milliseconds{0}).count());
    case Routing::cheapest:
      return link.usd;
    case Routing::roomiest:
      return -link.room.value_or(1.0);
  }
  return 0.0;
}

}  // namespace

Routing routing_named(std::string_view name) {
  if (name == "fastest") return Routing::fastest;
  if (name == "cheapest") return Routing::cheapest;
  if (name == "roomiest") return Routing::roomiest;
  return Routing::ordered;
}

std::vector<std::size_t> routed(Routing routing, std::span<const LinkFacts> links) {
  std::vector<std::size_t> movable;
  for (std::size_t at = 0; at < links.size(); ++at) {
    if (links[at].movable) movable.push_back(at);
  }
  std::ranges::stable_sort(movable, {}, [&](std::size_t at) { return rank(routing, links[at]); });
  std::vector<std::size_t> order(links.size());
  auto next = movable.begin();
  for (std::size_t at = 0; at < links.size(); ++at) order[at] = links[at].movable ? *next++ : at;
  return order;
}

Milliseconds smoothed_latency(std::optional<Milliseconds> old, Milliseconds latest) {
  return old ? (*old * 3 + latest) / 4 : latest;
}

}  // namespace autofix::providers
