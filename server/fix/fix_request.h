// One wish for a fix. Carries all that is needed; nothing about it is remembered elsewhere.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "providers/clock.h"
#include "server/fix/project_files.h"
#include "server/problems/problem.h"

namespace autofix::fix {

/// A text to go by: a specification, project notes.
struct Note {
  std::string path;
  std::string text;
};

struct Budget {
  providers::SteadyTime deadline;
  int max_rounds = 2;  ///< requests per link
  std::optional<double> max_cost_usd;
};

struct FixRequest {
  std::vector<problems::Problem> problems;    ///< paths project-relative or empty
  std::shared_ptr<const ProjectFiles> files;  ///< the snapshot
  std::vector<Note> notes;
  Budget budget;
  bool trusted = false;
  bool confirmed = false;                ///< the user has given his word for what needs it
  std::string no_verifier;               ///< why there is none, after a stable code; empty: nobody wanted one
  bool may_create = true;                ///< the client can create files
  std::vector<std::string> only_links;   ///< `--provider`, in this order
  std::string earlier_try;               ///< autofix.retry: what the last one did, told to the model
  std::optional<std::string> only_path;  ///< no folder: only this file can be edited
};

}  // namespace autofix::fix
