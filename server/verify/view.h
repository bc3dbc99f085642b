// Plans the view of a sandboxed command: throw-away layers over the project and over the tools' own folders,
// small /dev and /tmp, everything else read-only, no network. Reads the machine, changes nothing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "server/verify/sandbox.h"

namespace autofix::verify {

struct ViewWish {
  std::filesystem::path base;            ///< private folder; the layers' bytes go there
  std::filesystem::path project;         ///< absolute; the layer over it is `base`/project-layer
  std::vector<std::string> removed;      ///< files below the project that are gone in the view
  int run = 1;                           ///< counts the commands that share these layers
  std::vector<std::string> environment;  ///< the command's: HOME and the tools' cache folders stand in it
};

/// Where files go that replace the project's own: a file at the same path below this folder wins.
std::filesystem::path project_layer(const std::filesystem::path& base);

/// Makes the layers' folders below `base` and plans the rest.
Sandbox plan_view(const ViewWish& wish);

/// The environment inside the view: no variable that points to what is not there, TMPDIR is /tmp.
std::vector<std::string> environment_in_view(std::vector<std::string> environment);

/// True when `path` is `folder` or lies below it.
bool lies_below(const std::filesystem::path& path, const std::filesystem::path& folder);

}  // namespace autofix::verify
