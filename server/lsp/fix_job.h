// What one fix works on, gathered on the reader thread as values and handed to a worker.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "server/fix/fix_request.h"
#include "server/fix/result_json.h"
#include "server/lsp/context.h"

namespace autofix::lsp {

/// The argument of `autofix.fix`.
struct FixArgument {
  std::string uri;
  std::optional<std::int64_t> version;
  std::optional<text::Range> range;
  protocol::Json diagnostics;  ///< an array, or null: what is known at the range
  protocol::Json tests;        ///< the same
  std::string provider;        ///< empty: the chain
};
tl::expected<FixArgument, std::string> read_fix_argument(const protocol::Json& json);

struct FixJob {
  fix::FixRequest request;
  fix::EditStyle style;
  std::map<std::string, std::string>
      open_uris;                        ///< by path: open documents below the root, as the client spells them
  std::vector<std::string> note_paths;  ///< read by the worker
  std::map<std::string, std::string, std::less<>> unsaved;  ///< texts of the open documents, by path
  config::Config::Verify verify;
  std::shared_ptr<fix::FixEngine> engine;
  std::filesystem::path root;
  bool on_disk = true;  ///< files that are not open can be compared with the disk
};

/// Why there is nothing to run; the reason is one of CONTRACT.md's, or new: `unsupported_document`.
struct NoJob {
  fix::Status status = fix::Status::no_fix;
  std::string reason;
  std::string message;
};

tl::expected<FixJob, NoJob> gather(ServerContext& server, const FixArgument& argument);

}  // namespace autofix::lsp
