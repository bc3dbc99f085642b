// What today has cost, as one document shared by all links: the day's sum and what requests under way may
// still cost. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "providers/clock.h"

namespace autofix::providers {

inline constexpr const char* kBudgetKey = "budget";

struct BudgetRecord {
  struct Held {
    std::string id;
    WallTime until{};
    double usd = 0.0;
  };
  std::int64_t day = 0;  ///< days since 1970-01-01, UTC
  double spent = 0.0;    ///< US dollars
  std::vector<Held> held;
};

/// As it stands at `now`: a new day begins at nothing, and what a request held that never came back is spent.
BudgetRecord parse_budget(std::string_view document, WallTime now);
std::string write_budget(const BudgetRecord& record);

/// Spent and held together, in US dollars.
double committed(const BudgetRecord& record);

/// Takes `held.usd` if that keeps the day within `limit`.
bool hold(BudgetRecord& record, BudgetRecord::Held held, double limit);
/// The request is over and has cost `usd`.
void spend(BudgetRecord& record, const std::string& id, double usd);

}  // namespace autofix::providers
