// One way to get an answer when A's quota is spent and B is well. Each runs in a process of its own, so that
// its memory and its CPU time are its own.
#pragma once

#include <string>
#include <vector>

namespace autofix::bench {

/// `bench --contender NAME PORT [GATEWAY_PORT GATEWAY_PID]`: for each line with a number on standard input,
/// does so many requests and answers one JSON line {times, cpuMs, residentMb}. The vendors' stand-in listens
/// on PORT.
int run_contender(const std::vector<std::string>& arguments);

}  // namespace autofix::bench
