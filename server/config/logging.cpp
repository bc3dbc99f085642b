#include "server/config/logging.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "server/config/trust.h"

namespace autofix::config {
namespace {

constexpr std::size_t kFileBytes = std::size_t{5} << 20;
constexpr std::size_t kFiles = 3;

std::string file_name(const Config::Log& log, const Environment& environment) {
  if (!log.file.empty()) return log.file;
  const auto folder = make_state_folder(environment);
  return folder ? (*folder / "autofix.log").string() : std::string();
}

}  // namespace

std::shared_ptr<spdlog::logger> make_logger(const Config::Log& log, const Environment& environment,
                                            bool to_stderr) {
  std::vector<spdlog::sink_ptr> sinks;
  if (to_stderr) sinks.push_back(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  if (const std::string name = file_name(log, environment); !name.empty()) {
    try {
      const mode_t mask = umask(0077);
      sinks.push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(name, kFileBytes, kFiles));
      umask(mask);
    } catch (const spdlog::spdlog_ex&) {
      // Read-only home, full disk: stderr has to do.
    }
  }
  auto logger = std::make_shared<spdlog::logger>("autofix", sinks.begin(), sinks.end());
  logger->set_level(log.level == "warn" ? spdlog::level::warn : spdlog::level::from_str(log.level));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  logger->flush_on(spdlog::level::info);
  return logger;
}

}  // namespace autofix::config
