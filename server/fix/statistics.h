// What a log of fixes adds up to, for `autofix stats`. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/fix/fix_log.h"

namespace autofix::fix {

struct LinkStatistics {
  std::string link;
  int requests = 0;                            ///< sent
  int answers = 0;                             ///< of them, replies that could be read
  int fixes = 0;                               ///< accepted
  std::map<std::string, int> outcomes;         ///< of requests and of passing over, by CONTRACT.md's names
  std::optional<providers::Milliseconds> p50;  ///< of answers
  std::optional<providers::Milliseconds> p95;
  providers::Milliseconds total{0};  ///< of answers
  providers::Usage usage;
};

struct Statistics {
  int runs = 0;
  int fixes = 0;                        ///< runs that gave one
  int verified = 0;                     ///< of them
  int cache_hits = 0;                   ///< of them
  int fallbacks = 0;                    ///< of them, those that another link had failed before
  std::map<std::string, int> statuses;  ///< by CONTRACT.md's names
  std::vector<LinkStatistics> links;    ///< most requests first
};

Statistics summarise(std::span<const LoggedFix> fixes);

}  // namespace autofix::fix
