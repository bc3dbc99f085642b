// Our chain of two links, Gemini and Groq, as the benches make it: the one place that knows what a Chain is
// made of.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "providers/chain.h"

namespace autofix::bench {

/// Where the chain keeps what it learned. `nowhere`: every request finds a state that knows nothing, so that
/// A is asked each time. `sqlite` is what the product does by default.
enum class Memory { nowhere, process, sqlite };

class OurChain {
 public:
  /// `base` is the origin of the two vendors.
  OurChain(const std::string& base, Memory memory);
  ~OurChain();

  /// Asks until a completion comes, as the engine does. Throws when none came.
  std::string complete(const providers::Prompt& prompt);

 private:
  std::filesystem::path folder_;  ///< of the SQLite file; empty where there is none
  std::shared_ptr<providers::ChainDocuments> documents_;
  providers::SystemClock clock_;
  providers::Chain chain_;
};

}  // namespace autofix::bench
