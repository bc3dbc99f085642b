// autofix config: every value and where it came from.
#include <nlohmann/json.hpp>

#include "server/cli/exit_codes.h"
#include "server/cli/session.h"
#include "server/config/trust.h"
#include "server/text/json.h"

namespace autofix::cli {

int run_config(const Surroundings& with, const ConfigOptions& options) {
  if (options.schema) {
    write_out(text::dump_json(config::schema(), 2) + "\n");
    return kOk;
  }
  std::error_code error;
  const std::filesystem::path project = std::filesystem::current_path(error);
  const bool trusted = config::is_trusted(project, with.environment);
  auto loaded = load_configuration(with, error ? nullptr : &project, trusted);
  if (!loaded) return report(loaded.error());
  const nlohmann::json values = config::describe(*loaded);
  if (options.json) {
    write_out(text::dump_json(values, 2) + "\n");
    return kOk;
  }
  for (const auto& [path, entry] : values.items()) {
    std::string line = path + " = " + text::dump_json(entry.value("value", nlohmann::json()));
    const std::string origin = entry.value("origin", std::string());
    if (!origin.empty() && origin != "built-in") line += "    (" + origin + ")";
    write_out(line + "\n");
  }
  return kOk;
}

}  // namespace autofix::cli
