// What travels first through every call of one request: its name, its stop, and where progress goes.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

namespace autofix::fix {

/// Shown to people while a fix is under way.
struct Progress {
  enum class Step { collecting, asking, checking, verifying };
  Step step = Step::collecting;
  std::string link;     ///< name of the link being asked; empty in other steps
  std::string message;  ///< one short sentence
};

struct RequestContext {
  std::string id;
  std::stop_token stop;
  std::function<void(const Progress&)> progress;  ///< may be empty; called on the worker's thread
};

}  // namespace autofix::fix
