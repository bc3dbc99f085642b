// What `fix` and `preview` share: the project, its configuration, its problems, and the engine.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "server/cli/interrupt.h"
#include "server/cli/output.h"
#include "server/cli/project.h"
#include "server/cli/subcommands.h"
#include "server/fix/engine.h"
#include "server/verify/run_command.h"

namespace autofix::cli {

/// The project's folder, which exists: for subcommands that read no .zip.
tl::expected<std::filesystem::path, Failure> project_root(const std::string& project);

/// Makes these the chain; a name that no link has is bad usage. None: the chain stays.
tl::expected<void, Failure> choose_links(config::Config& config, const std::vector<std::string>& names);

/// The effective configuration; its notices are printed. Fails on a configuration file that was named and
/// cannot be read.
tl::expected<config::Loaded, Failure> load_configuration(const Surroundings& with,
                                                         const std::filesystem::path* project, bool trusted);

/// One call of `fix` or `preview` up to the point where the engine is asked.
struct Session {
  Project project;
  std::filesystem::path root;  ///< the project's
  config::Config config;
  bool trusted = false;
  fix::FixRequest request;
  std::unique_ptr<fix::Verifier> verifier;
  std::shared_ptr<spdlog::logger> log;
  std::shared_ptr<fix::FixEngine> engine;
};
tl::expected<Session, Failure> open_session(const Surroundings& with, const ProblemOptions& options,
                                            const std::stop_token& stop);

/// What the store has to say, for subcommands whose result does not carry it.
void say_notices(const fix::FixEngine& engine);

}  // namespace autofix::cli
