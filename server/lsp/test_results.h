// What is known of failing tests, whoever tells it (a report, the editor): kept, shown as diagnostics, and
// held against the sessions that wait for it. For the reader thread.
#pragma once

#include <set>
#include <string>

#include "server/lsp/context.h"

namespace autofix::lsp {

/// Sends the whole set of each of these documents; nothing where there is nothing to show and nothing was
/// shown.
void publish_tests(ServerContext& server, const std::set<std::string>& uris);

/// After a change of `tests.publish`: shows what is to be shown now, clears the rest.
void republish_tests(ServerContext& server);

/// Reports as the watching thread read them.
void take_reports(ServerContext& server, const FoundReports& found);

/// Forgets what the reports of a root said.
void forget_reports(ServerContext& server, const std::string& root);

/// Forgets everything that is known of tests in this folder, which is about to go.
void forget_tests_of(ServerContext& server, const Folder& folder);

/// The notification `autofix/testResults`.
void take_test_results(ServerContext& server, const protocol::Json& params);

}  // namespace autofix::lsp
