// Names of statuses and outcomes back to values: stores keep names, because numbers change their meaning when
// a value is added.
#pragma once

#include <string_view>

#include "server/fix/fix_result.h"

namespace autofix::store {

inline fix::Status status_named(std::string_view name) {
  for (int value = 0; value < static_cast<int>(fix::Status::error); ++value) {
    if (fix::name_of(fix::Status(value)) == name) return fix::Status(value);
  }
  return fix::Status::error;
}

inline fix::Outcome outcome_named(std::string_view name) {
  for (int value = 0; value <= static_cast<int>(fix::Outcome::cancelled); ++value) {
    if (fix::name_of(fix::Outcome(value)) == name) return fix::Outcome(value);
  }
  return fix::Outcome::skipped;
}

}  // namespace autofix::store
