// Which programs can be run on this machine.
#include <cstdlib>
#include <unistd.h>

#include "server/verify/recipe.h"
#include "server/verify/recipe_places.h"

namespace autofix::verify {
namespace {

namespace fs = std::filesystem;

bool is_program(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

}  // namespace

HasProgram programs_here(fs::path root) {
  const char* path = std::getenv("PATH");
  return [root = std::move(root), path = std::string(path == nullptr ? "" : path)](std::string_view program) {
    if (program.find('/') != std::string_view::npos) return is_program(root / program);
    for (const std::string_view folder : split(path, ':')) {
      if (folder.starts_with('/') && is_program(fs::path(folder) / program)) return true;
    }
    return false;
  };
}

}  // namespace autofix::verify
