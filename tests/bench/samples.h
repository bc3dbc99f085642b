// Timings and how they are told: medians over runs, percentiles within one.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace autofix::bench {

using Clock = std::chrono::steady_clock;

inline double milliseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

/// `share` of 0.5 is the median. The nearest rank, so a value that was really measured.
inline double percentile(std::vector<double> samples, double share) {
  std::sort(samples.begin(), samples.end());
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(samples.size())));
  return samples.at(rank == 0 ? 0 : rank - 1);
}

inline double median(std::vector<double> samples) {
  return percentile(std::move(samples), 0.5);
}

inline void tell(const std::string& what, double value, const char* unit, const std::string& aim) {
  std::printf("%-72s %9.3f %-4s aim %s\n", what.c_str(), value, unit, aim.c_str());
  std::fflush(stdout);
}

constexpr int kRuns = 20;

}  // namespace autofix::bench
