// Exit codes of CONTRACT.md.
#pragma once

namespace autofix::cli {

inline constexpr int kOk = 0;
inline constexpr int kNoFix = 1;
inline constexpr int kUsage = 2;
inline constexpr int kNothingToFix = 3;
inline constexpr int kRejected = 4;
inline constexpr int kCancelled = 130;
inline constexpr int kTerminated = 143;

}  // namespace autofix::cli
