// The engine's view of a link that is not a model: asked with the same request and feedback, checked with the
// same gate. Implemented in server/repair; the model links are server/fix/model_source.h.
#pragma once

#include <span>
#include <string>
#include <tl/expected.hpp>

#include "providers/provider.h"
#include "server/fix/fix_request.h"
#include "server/fix/reply.h"
#include "server/fix/request_context.h"

namespace autofix::fix {

/// Why the last candidate of this link was not taken, in words fit for a model.
struct Feedback {
  std::string reply;  ///< the text that was refused
  std::string message;
};

struct Proposal {
  Reply reply;
  std::string model;  ///< what made it: a model's name, or the repair rule's
};

class FixSource {
 public:
  virtual ~FixSource() = default;

  /// An error of kind `refused` means: nothing this source is sure of.
  virtual tl::expected<Proposal, providers::ProviderError> propose(const RequestContext& context,
                                                                   const FixRequest& request,
                                                                   std::span<const Feedback> feedback) = 0;
};

}  // namespace autofix::fix
