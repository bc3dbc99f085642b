// The project as it is, looked at once for a request: what every candidate is compared with.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "server/verify/look.h"
#include "server/verify/scratch_copy.h"
#include "server/verify/scratch_verifier.h"
#include "server/verify/verdict.h"

namespace autofix::verify {

/// What one proof shows without any change.
struct Before {
  Asked asked;                     ///< of the asked-for problems those that this proof shows
  std::optional<RunFacts> narrow;  ///< where the proof can look at the asked-for tests alone
  std::optional<RunFacts> wide;    ///< empty where it did not end in time
  providers::Milliseconds elapsed{0};
  bool seen_twice = false;  ///< another look said the same
};

/// Taken once, on one thread; read afterwards.
class FirstLook {
 public:
  explicit FirstLook(const VerifierOptions& options) : options_(options) {}

  /// `hurry`: somebody waits, so that what would only be good to know is left out.
  void take(const std::stop_token& stop, const std::stop_token& hurry);

  bool taken() const { return taken_; }
  /// Why nothing can be proven, after a stable code; empty when all is well.
  const std::string& trouble() const { return trouble_; }
  const std::optional<ScratchCopies>& copies() const { return copies_; }
  const std::vector<Before>& before() const { return before_; }

  /// Of a look that begins now.
  providers::SteadyTime deadline() const;

 private:
  void take_all(const std::stop_token& stop, const std::stop_token& hurry);
  std::string look(const Proof& proof, const std::stop_token& stop);
  std::string look_for_canary(const Proof& proof, const std::stop_token& stop);
  std::string look_wider(const std::stop_token& stop);
  std::string look_for_missing(const std::stop_token& stop);
  void look_twice(const std::stop_token& stop, const std::stop_token& hurry);
  tl::expected<Look, std::string> fresh_look(const Picture& picture, const Proof& proof, Width width,
                                             const std::stop_token& stop) const;

  const VerifierOptions& options_;
  bool taken_ = false;
  std::string trouble_;
  std::optional<ScratchCopies> copies_;
  std::vector<Before> before_;
};

}  // namespace autofix::verify
