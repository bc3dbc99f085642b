#include "server/fix/wall_time.h"

#include <ctime>

namespace autofix::fix {

std::string rfc3339(providers::WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc{};
  if (gmtime_r(&seconds, &utc) == nullptr) return {};
  char buffer[32];
  const std::size_t written = std::strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return {buffer, written};
}

std::string clock_time(providers::WallTime time, providers::WallTime now) {
  // Up to a whole minute: who comes then does not come too early.
  const std::time_t seconds =
      std::chrono::system_clock::to_time_t(std::chrono::ceil<std::chrono::minutes>(time));
  const std::time_t present = std::chrono::system_clock::to_time_t(now);
  std::tm local{};
  std::tm today{};
  if (localtime_r(&seconds, &local) == nullptr || localtime_r(&present, &today) == nullptr)
    return rfc3339(time);
  const bool same_day = local.tm_year == today.tm_year && local.tm_yday == today.tm_yday;
  char buffer[32];
  const std::size_t written =
      std::strftime(buffer, sizeof buffer, same_day ? "%H:%M" : "%Y-%m-%d %H:%M", &local);
  return {buffer, written};
}

std::string from_now(providers::WallTime time, providers::WallTime now) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(time - now).count();
  if (seconds <= 0) return "now";
  if (seconds < 120) return "in " + std::to_string(seconds) + " s";
  const auto minutes = (seconds + 59) / 60;
  if (minutes < 120) return "in " + std::to_string(minutes) + " min";
  return "in " + std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

}  // namespace autofix::fix
