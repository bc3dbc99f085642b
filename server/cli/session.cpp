#include "server/cli/session.h"

#include <algorithm>

#include "server/cli/exit_codes.h"
#include "server/config/logging.h"
#include "server/config/trust.h"
#include "server/fix/context.h"
#include "server/problems/readers.h"
#include "server/verify/project_verifier.h"

namespace autofix::cli {
namespace {

namespace fs = std::filesystem;

Failure usage(std::string cause, std::string next_step) {
  return {kUsage, "usage", std::move(cause), std::move(next_step)};
}

Failure unreadable(std::string cause) {
  return {kUsage, "unreadable", std::move(cause), "Check the file's name and content."};
}

Failure untrusted(const std::string& what) {
  return {kUsage, "untrusted", what + " runs a command in the project, which is not trusted",
          "Look at the project first; then add --trust, or run `autofix trust` once."};
}

using Reader = problems::Read (*)(std::string_view);

tl::expected<void, Failure> add_report(const std::string& path, Reader read, problems::Problems& out) {
  const Input input = read_input(path);
  if (!input.error.empty()) return tl::unexpected(unreadable(input.error));
  auto problems = read(input.bytes);
  if (!problems) return tl::unexpected(unreadable(name_of_input(path) + ": " + problems.error().message));
  std::ranges::move(*problems, std::back_inserter(out));
  return {};
}

/// What fails in a test report.
problems::Read read_failures(std::string_view content) {
  return problems::read_test_report(content).map(
      [](problems::TestReport&& report) { return std::move(report.problems); });
}

/// Reports where the configuration says test runners leave them.
std::vector<std::string> reports_in(const Session& session) {
  std::vector<std::string> found;
  for (const std::string& path : session.request.files->list()) {
    const bool wanted = std::ranges::any_of(
        session.config.tests.reports, [&](const std::string& glob) { return fix::matches_glob(glob, path); });
    if (wanted) found.push_back((session.root / path).string());
  }
  return found;
}

/// The command that proves fixes, if there is one.
std::optional<verify::Command> verify_command(const ProblemOptions& options, const Session& session) {
  if (session.config.verify.mode == config::Config::Verify::Mode::off) return std::nullopt;
  if (!options.verify.empty()) return verify::parse_command(options.verify);
  if (!options.run.empty()) return verify::parse_command(options.run);
  if (session.trusted && !session.config.verify.commands.empty()) {
    std::string all;
    for (const std::string& command : session.config.verify.commands)
      all += (all.empty() ? "" : " && ") + command;
    return verify::parse_command(all);
  }
  return std::nullopt;
}

tl::expected<verify::CommandResult, Failure> run_once(const std::string& command, const Session& session,
                                                      const std::stop_token& stop) {
  verify::CommandLimits limits;
  limits.deadline = std::min(session.request.budget.deadline,
                             std::chrono::steady_clock::now() + session.config.verify.timeout);
  auto result = verify::run_command(verify::parse_command(command), session.root, limits, {}, stop);
  if (!result)
    return tl::unexpected(Failure{kUsage, "unreadable", result.error(), "Check the command after --run."});
  if (result->end == verify::CommandResult::End::timed_out) {
    return tl::unexpected(Failure{kUsage, "timeout",
                                  "the command after --run did not end in time: " + command,
                                  "Give it more time with verify.timeoutMs or --timeout."});
  }
  return *result;
}

/// Reads every source of problems that the options name.
tl::expected<void, Failure> gather_problems(const ProblemOptions& options, Session& session,
                                            std::optional<verify::CommandResult>& ran,
                                            const std::stop_token& stop) {
  problems::Problems all;
  for (const std::string& path : options.diagnostics) {
    if (auto added = add_report(path, problems::read_diagnostics, all); !added) return added;
  }
  std::vector<std::string> reports = options.tests;
  const bool named = !options.diagnostics.empty() || !options.tests.empty() || !options.run.empty();
  if (!named) {
    reports = reports_in(session);
    if (reports.empty()) {
      return tl::unexpected(usage("nothing says what is wrong: no report was named, and none was found",
                                  "Give --tests FILE, --diagnostics FILE or --run CMD."));
    }
  }
  for (const std::string& path : reports) {
    if (auto added = add_report(path, read_failures, all); !added) return added;
  }
  if (!options.run.empty()) {
    auto result = run_once(options.run, session, stop);
    if (!result) return tl::unexpected(result.error());
    if (result->end == verify::CommandResult::End::exited ||
        result->end == verify::CommandResult::End::signalled) {
      const bool signalled = result->end == verify::CommandResult::End::signalled;
      const int status = signalled ? 128 + result->exit_status : result->exit_status;
      std::ranges::move(problems::read_run_output(result->output, status, options.run),
                        std::back_inserter(all));
    }
    ran = std::move(*result);
  }
  for (problems::Problem& problem : all) {
    if (!problem.path.empty()) problem.path = session.request.files->relative(problem.path);
  }
  session.request.problems = std::move(all);
  return {};
}

tl::expected<void, Failure> add_notes(const ProblemOptions& options, Session& session) {
  for (const std::string& path : options.notes) {
    Input input = read_input(path);
    if (!input.error.empty()) return tl::unexpected(unreadable(input.error));
    session.request.notes.push_back({path, std::move(input.bytes)});
  }
  for (const std::string& path : session.config.context.notes) {
    if (auto text = session.request.files->read(path))
      session.request.notes.push_back({path, std::move(*text)});
  }
  return {};
}

}  // namespace

tl::expected<fs::path, Failure> project_root(const std::string& project) {
  std::error_code error;
  const fs::path path = project;
  if (fs::is_directory(path, error)) return fs::canonical(path, error);
  if (project.ends_with(".zip")) {
    return tl::unexpected(usage(project + ": a .zip cannot be fixed yet", "Unpack it and name the folder."));
  }
  const bool exists = fs::exists(path, error);
  return tl::unexpected(
      usage(project + (exists ? " is no folder" : " does not exist"), "Name the project's folder."));
}

tl::expected<config::Loaded, Failure> load_configuration(const Surroundings& with, const fs::path* project,
                                                         bool trusted) {
  config::Sources sources;
  if (!with.common.config_file.empty()) sources.config_file = with.common.config_file;
  if (project != nullptr) sources.project = *project;
  sources.trusted = trusted;
  if (!with.common.log_level.empty()) sources.flags.emplace_back("log.level", with.common.log_level);
  config::Loaded loaded = config::load(sources, with.environment);
  if (!loaded.fatal.empty()) {
    return tl::unexpected(
        Failure{kUsage, "configuration", loaded.fatal, "Check the file named by --config."});
  }
  for (const config::Notice& notice : loaded.notices) {
    say("autofix: warning: " + notice.source + ": " + notice.path + ": " + notice.message);
  }
  return loaded;
}

tl::expected<void, Failure> choose_links(config::Config& config, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  std::string known;
  for (const providers::LinkConfig& link : config.links) known += (known.empty() ? "" : ", ") + link.name;
  for (const std::string& name : names) {
    if (std::ranges::find(config.links, name, &providers::LinkConfig::name) == config.links.end()) {
      return tl::unexpected(usage("no provider is called " + name, "These are known: " + known + "."));
    }
  }
  config.chain = names;
  return {};
}

tl::expected<Session, Failure> open_session(const Surroundings& with, const ProblemOptions& options,
                                            const std::stop_token& stop) {
  auto root = project_root(options.project);
  if (!root) return tl::unexpected(root.error());
  Session session;
  session.root = std::move(*root);
  session.trusted = options.trust || config::is_trusted(session.root, with.environment);
  if (!session.trusted && !options.run.empty()) return tl::unexpected(untrusted("--run"));
  if (!session.trusted && !options.verify.empty()) return tl::unexpected(untrusted("--verify"));
  auto loaded = load_configuration(with, &session.root, session.trusted);
  if (!loaded) return tl::unexpected(loaded.error());
  session.config = std::move(loaded->config);
  if (auto chosen = choose_links(session.config, options.providers); !chosen) {
    return tl::unexpected(chosen.error());
  }

  fix::FixRequest& request = session.request;
  const auto timeout =
      options.timeout_seconds > 0
          ? std::chrono::milliseconds(static_cast<std::int64_t>(options.timeout_seconds * 1000))
          : std::chrono::duration_cast<std::chrono::milliseconds>(session.config.timeout);
  request.budget.deadline = std::chrono::steady_clock::now() + timeout;
  request.budget.max_rounds = options.rounds;
  request.budget.max_cost_usd = options.max_cost_usd;
  request.trusted = session.trusted;
  request.only_links = options.providers;
  request.files = fix::make_disk_files(session.root, {});

  std::optional<verify::CommandResult> ran;
  if (auto gathered = gather_problems(options, session, ran, stop); !gathered)
    return tl::unexpected(gathered.error());
  if (auto added = add_notes(options, session); !added) return tl::unexpected(added.error());

  if (auto command = verify_command(options, session)) {
    // What --run printed is the run before the fix, unless something else verifies.
    const bool same = options.verify.empty() && !options.run.empty();
    session.verifier =
        verify::make_project_verifier(session.root, std::move(*command), session.config.verify.timeout,
                                      same ? std::move(ran) : std::nullopt, {});
  }
  session.log = config::make_logger(session.config.log, with.environment, true);
  session.engine = with.make_engine(session.config, session.log);
  return session;
}

void say_notices(const fix::FixEngine& engine) {
  if (!engine.memory().take_notices) return;
  for (const std::string& notice : engine.memory().take_notices()) say("autofix: " + notice);
}

}  // namespace autofix::cli
