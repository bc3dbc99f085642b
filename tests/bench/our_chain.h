// Our chain of two links, Gemini and Groq, as the benches make it: the one place that knows what a Chain is
// made of.
#pragma once

#include <memory>
#include <string>

#include "providers/chain.h"

namespace autofix::bench {

class OurChain {
 public:
  /// `base` is the origin of the two vendors. With `remembers` the state is the product's own, in memory;
  /// without, every request finds a state that knows nothing, so that A is asked each time.
  OurChain(const std::string& base, bool remembers);

  /// Asks until a completion comes, as the engine does. Throws when none came.
  std::string complete(const providers::Prompt& prompt);

 private:
  std::unique_ptr<providers::ChainDocuments> documents_;
  providers::SystemClock clock_;
  providers::Chain chain_;
};

}  // namespace autofix::bench
