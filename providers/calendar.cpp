#include "providers/calendar.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::floor;
using std::chrono::sys_days;
using std::chrono::year_month_day;

std::chrono::hours offset_los_angeles(WallTime utc) {
  const auto year = year_month_day{floor<days>(utc - 8h)}.year();
  const WallTime begin = sys_days{year / std::chrono::March / std::chrono::Sunday[2]} + 10h;  // 02:00 PST
  const WallTime end = sys_days{year / std::chrono::November / std::chrono::Sunday[1]} + 9h;  // 02:00 PDT
  return utc >= begin && utc < end ? -7h : -8h;
}

}  // namespace

WallTime next_midnight_los_angeles(WallTime now) {
  const auto local_day = floor<days>(now + offset_los_angeles(now));
  const WallTime as_if_utc = local_day + days{1};
  // Neither switch happens at midnight, so one of the two offsets is right.
  const WallTime in_standard_time = as_if_utc + 8h;
  return offset_los_angeles(in_standard_time) == -7h ? as_if_utc + 7h : in_standard_time;
}

WallTime first_of_next_month_utc(WallTime now) {
  const year_month_day today{floor<days>(now)};
  return sys_days{(today.year() / today.month() / 1) + std::chrono::months{1}};
}

}  // namespace autofix::providers
