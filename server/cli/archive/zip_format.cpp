#include "server/cli/archive/zip_format.h"

#include <algorithm>

namespace autofix::cli {
namespace {

/// Calls `field(id, whole field, content)` for each; stops where they do not add up and returns the rest.
template <typename Field>
std::string_view for_each_field(std::string_view extra, const Field& field) {
  while (extra.size() >= 4) {
    const std::size_t size = std::size_t{4} + get16(extra, 2);
    if (size > extra.size()) break;
    field(get16(extra, 0), extra.substr(0, size), extra.substr(4, size - 4));
    extra.remove_prefix(size);
  }
  return extra;
}

}  // namespace

std::optional<std::string_view> extra_field(std::string_view extra, unsigned id) {
  std::optional<std::string_view> found;
  for_each_field(extra, [&](unsigned other, std::string_view, std::string_view content) {
    if (other == id && !found) found = content;
  });
  return found;
}

std::string extra_for_new_content(std::string_view extra) {
  std::string kept;
  const std::string_view rest =
      for_each_field(extra, [&](unsigned id, std::string_view whole, std::string_view) {
        if (id != kZip64Extra && id != kNtfsTimes && id != kUnixTimes && id != kOldUnixTimes) kept += whole;
      });
  return kept.append(rest);
}

std::uint32_t dos_time(std::time_t time) {
  std::tm parts{};
  localtime_r(&time, &parts);
  constexpr std::uint32_t kFirst = 1U << 21 | 1U << 16;  // 1 January 1980
  if (parts.tm_year < 80) return kFirst;
  const int year = std::min(parts.tm_year - 80, 127);
  return static_cast<std::uint32_t>(year << 9 | (parts.tm_mon + 1) << 5 | parts.tm_mday) << 16 |
         static_cast<std::uint32_t>(parts.tm_hour << 11 | parts.tm_min << 5 | std::min(parts.tm_sec, 59) / 2);
}

std::time_t from_dos_time(std::uint32_t time) {
  std::tm parts{};
  parts.tm_year = static_cast<int>(time >> 25) + 80;
  parts.tm_mon = static_cast<int>(time >> 21 & 15) - 1;
  parts.tm_mday = static_cast<int>(time >> 16 & 31);
  parts.tm_hour = static_cast<int>(time >> 11 & 31);
  parts.tm_min = static_cast<int>(time >> 5 & 63);
  parts.tm_sec = static_cast<int>(time & 31) * 2;
  parts.tm_isdst = -1;
  return std::mktime(&parts);
}

}  // namespace autofix::cli
