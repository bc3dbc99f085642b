// The vendors' replies and errors as their public documents and SDKs show them (November 2026), and the
// checks they make of requests.
#pragma once

#include <optional>
#include <string>

#include "tests/support/fake_provider.h"

namespace autofix::test {

/// A complete answer with this text.
FakeStep ok_step(Vendor vendor, const std::string& text);
/// A named failure. Throws std::invalid_argument for an unknown name.
FakeStep preset_step(Vendor vendor, const std::string& name, const nlohmann::json& item);
/// `step` with the headers of a pool in which `left` requests remain for two hours; a 429 below nothing.
FakeStep pooled_step(Vendor vendor, FakeStep step, int limit, int left);
/// The vendor's model list.
FakeStep model_list_step(Vendor vendor);

/// The vendor's own error for a request that it would refuse; nothing when the request is well-formed.
std::optional<FakeStep> refusal_of(Vendor vendor, const RecordedRequest& request);
bool is_model_list(const RecordedRequest& request);

}  // namespace autofix::test
