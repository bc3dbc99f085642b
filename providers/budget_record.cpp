#include "providers/budget_record.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "providers/json_body.h"

namespace autofix::providers {
namespace {

using nlohmann::json;

double amount(const json& object, const char* name) {
  const json& value = member(object, name);
  if (!value.is_number()) return 0.0;
  const double number = value.get<double>();
  return std::isfinite(number) && number > 0 ? number : 0.0;
}

}  // namespace

BudgetRecord parse_budget(std::string_view document, WallTime now) {
  BudgetRecord record;
  record.day = std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
  const auto body = parse_body(document);
  if (!body || count_member(*body, "day") != record.day) return record;
  record.spent = amount(*body, "spent");
  const json& held = member(*body, "held");
  if (!held.is_array()) return record;
  for (const json& one : held) {
    const WallTime until{Milliseconds{count_member(one, "until")}};
    if (until <= now) {
      record.spent += amount(one, "usd");
    } else {
      record.held.push_back({string_member(one, "id"), until, amount(one, "usd")});
    }
  }
  return record;
}

std::string write_budget(const BudgetRecord& record) {
  json held = json::array();
  for (const BudgetRecord::Held& one : record.held) {
    held.push_back({{"id", one.id},
                    {"until", std::chrono::duration_cast<Milliseconds>(one.until.time_since_epoch()).count()},
                    {"usd", one.usd}});
  }
  return to_wire({{"day", record.day}, {"spent", record.spent}, {"held", std::move(held)}});
}

double committed(const BudgetRecord& record) {
  double sum = record.spent;
  for (const BudgetRecord::Held& one : record.held) sum += one.usd;
  return sum;
}

bool hold(BudgetRecord& record, BudgetRecord::Held held, double limit) {
  if (committed(record) + held.usd > limit) return false;
  record.held.push_back(std::move(held));
  return true;
}

void spend(BudgetRecord& record, const std::string& id, double usd) {
  std::erase_if(record.held, [&](const BudgetRecord::Held& one) { return one.id == id; });
  record.spent += usd;
}

}  // namespace autofix::providers
