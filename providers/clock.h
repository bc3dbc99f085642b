// All time comes in through this, so tests never sleep. Deadlines use steady time; provider calendars use
// wall time.
#pragma once

#include <chrono>

namespace autofix::providers {

using WallTime = std::chrono::system_clock::time_point;
using SteadyTime = std::chrono::steady_clock::time_point;
using Milliseconds = std::chrono::milliseconds;

struct Now {
  WallTime wall;
  SteadyTime steady;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Now now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Now now() const override { return {std::chrono::system_clock::now(), std::chrono::steady_clock::now()}; }
};

}  // namespace autofix::providers
