#include "providers/wire_time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "providers/http_message.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;

constexpr double kMaxMilliseconds = 10.0 * 365 * 24 * 3600 * 1000;

/// Digits with at most one point. std::from_chars for doubles would take signs, exponents, `inf`.
std::optional<double> take_number(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view digits = text.substr(0, end);
  if (digits.empty() || digits == "." || std::count(digits.begin(), digits.end(), '.') > 1) return {};
  double value = 0;
  double scale = 0;
  for (const char c : digits) {
    if (c == '.') {
      scale = 1;
    } else if (scale > 0) {
      scale /= 10;
      value += (c - '0') * scale;
    } else {
      value = std::min(value * 10 + (c - '0'), 1e18);
    }
  }
  text.remove_prefix(end);
  return value;
}

struct Unit {
  std::string_view name;
  double milliseconds;
};

/// Longer names first, so that `ms` is not read as `m`.
constexpr std::array<Unit, 7> kUnits{
    {{"ms", 1}, {"ns", 1e-6}, {"us", 1e-3}, {"\xC2\xB5s", 1e-3}, {"h", 3600e3}, {"m", 60e3}, {"s", 1e3}}};

/// Rounded up, the error of binary fractions aside: 5.289 s are 5289 ms.
Milliseconds to_milliseconds(double value) {
  return Milliseconds{static_cast<std::int64_t>(std::ceil(std::min(value, kMaxMilliseconds) - 1e-6))};
}

template <typename Integer>
bool take_digits(std::string_view& text, std::size_t count, Integer& value) {
  if (text.size() < count) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + count, value);
  if (error != std::errc{} || end != text.data() + count) return false;
  text.remove_prefix(count);
  return true;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

std::optional<WallTime> make_time(int year, unsigned month, unsigned day, int hour, int minute, int second) {
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  // system_clock counts nanoseconds: years far away do not fit.
  if (!date.ok() || year < 1970 || year > 2200) return {};
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return {};
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second};
}

/// `Wed, 21 Oct 2026 07:28:00 GMT`
std::optional<WallTime> parse_http_date(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  int year = 0, hour = 0, minute = 0, second = 0;
  unsigned day = 0;
  const std::size_t comma = text.find(", ");
  if (comma == std::string_view::npos) return {};
  text.remove_prefix(comma + 2);
  if (!take_digits(text, 2, day) || !take(text, " ") || text.size() < 3) return {};
  const std::size_t month = kMonths.find(text.substr(0, 3));
  text.remove_prefix(3);
  if (month == std::string_view::npos || month % 3 != 0 || !take(text, " ")) return {};
  if (!take_digits(text, 4, year) || !take(text, " ") || !take_digits(text, 2, hour)) return {};
  if (!take(text, ":") || !take_digits(text, 2, minute) || !take(text, ":")) return {};
  if (!take_digits(text, 2, second) || text != " GMT") return {};
  return make_time(year, static_cast<unsigned>(month / 3 + 1), day, hour, minute, second);
}

}  // namespace

std::optional<Milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) return {};
  double total = 0;
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return {};
    const auto* unit =
        std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return text.starts_with(u.name); });
    if (unit == kUnits.end()) return {};
    text.remove_prefix(unit->name.size());
    total += *number * unit->milliseconds;
  }
  return to_milliseconds(total);
}

std::optional<Milliseconds> parse_retry_after(std::string_view value, WallTime now) {
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
  std::string_view rest = value;
  if (const auto seconds = take_number(rest); seconds && rest.empty()) return to_milliseconds(*seconds * 1e3);
  if (const auto date = parse_http_date(value)) {
    return std::max(Milliseconds{0}, std::chrono::ceil<Milliseconds>(*date - now));
  }
  return {};
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  int year = 0, hour = 0, minute = 0, second = 0;
  unsigned month = 0, day = 0;
  if (!take_digits(text, 4, year) || !take(text, "-") || !take_digits(text, 2, month)) return {};
  if (!take(text, "-") || !take_digits(text, 2, day) || text.empty()) return {};
  text.remove_prefix(1);  // T, t or a space
  if (!take_digits(text, 2, hour) || !take(text, ":") || !take_digits(text, 2, minute)) return {};
  if (!take(text, ":") || !take_digits(text, 2, second)) return {};
  Milliseconds fraction{0};
  if (take(text, ".")) {
    int scale = 100;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; scale /= 10) {
      fraction += Milliseconds{scale * (text.front() - '0')};
      text.remove_prefix(1);
    }
  }
  auto time = make_time(year, month, day, hour, minute, second);
  if (time) *time += fraction;
  if (!time || text == "Z" || text == "z") return time;
  const bool ahead = text.starts_with("+");
  if (!ahead && !text.starts_with("-")) return {};
  text.remove_prefix(1);
  if (!take_digits(text, 2, hour) || !take(text, ":") || !take_digits(text, 2, minute) || !text.empty()) {
    return {};
  }
  const auto offset = std::chrono::hours{hour} + std::chrono::minutes{minute};
  return ahead ? *time - offset : *time + offset;
}

std::optional<Milliseconds> delay_in_text(std::string_view text) {
  const std::string lower = to_lower(text);
  for (const std::string_view phrase : {"try again in ", "retry in ", "retry after ", "again after "}) {
    const std::size_t at = lower.find(phrase);
    if (at == std::string::npos) continue;
    std::string_view rest = std::string_view(lower).substr(at + phrase.size());
    std::string_view token = rest.substr(0, rest.find_first_of(" ,;\n)"));
    while (!token.empty() && token.back() == '.') token.remove_suffix(1);
    if (const auto delay = parse_duration(token)) return delay;
    const auto number = take_number(rest);
    if (!number || !take(rest, " ")) continue;
    if (rest.starts_with("second")) return to_milliseconds(*number * 1e3);
    if (rest.starts_with("minute")) return to_milliseconds(*number * 60e3);
    if (rest.starts_with("hour")) return to_milliseconds(*number * 3600e3);
  }
  return {};
}

WallTime retry_time(WallTime now, Milliseconds delay) {
  return now + std::clamp<Milliseconds>(delay, 1s, 24h);
}

}  // namespace autofix::providers
