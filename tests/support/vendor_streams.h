// The vendors' replies in pieces, made from their plain ones: the events that each of them sends when a
// request asks for a stream, as their documents and SDKs show them (November 2026).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tests/support/fake_provider.h"

namespace autofix::test {

/// Whether the request wants server-sent events.
bool wants_stream(Vendor vendor, const RecordedRequest& request);

/// The events of one reply, each as it stands on the wire, with its blank line. Obeys the step's `no_end` and
/// `stream_error`.
std::vector<std::string> stream_events(Vendor vendor, const FakeStep& step, const RecordedRequest& request);

}  // namespace autofix::test
