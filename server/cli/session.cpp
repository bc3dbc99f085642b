#include "server/cli/session.h"

#include <algorithm>

#include "server/cli/exit_codes.h"
#include "server/config/logging.h"
#include "server/config/trust.h"
#include "server/fix/private_folder.h"
#include "server/fix/report_files.h"
#include "server/problems/readers.h"
#include "server/verify/choose_verifier.h"
#include "server/verify/scratch_copy.h"

namespace autofix::cli {
namespace {

namespace fs = std::filesystem;

Failure usage(std::string cause, std::string next_step) {
  return {kUsage, "usage", std::move(cause), std::move(next_step)};
}

Failure unreadable(std::string cause) {
  return {kUsage, "unreadable", std::move(cause), "Check the file's name and content."};
}

Failure untrusted(const std::string& what, const std::string& why) {
  return {kUsage, "untrusted",
          what + " runs a command in the project, which is not trusted, and it cannot be isolated here (" +
              why + ")",
          "Look at the project first; then add --trust, or run `autofix trust` once."};
}

using Reader = problems::Read (*)(std::string_view);

/// A file that the command line names: on disk, else inside the .zip that is the project.
Input read_named(const std::string& path, const Session& session) {
  Input input = read_input(path);
  if (input.error.empty() || !session.project.packed) return input;
  const fix::ProjectFiles& files = *session.request.files;
  if (auto text = files.read(path_in_project(session.project, files, path))) return {std::move(*text), {}};
  return input;
}

tl::expected<void, Failure> add_report(const std::string& path, const Session& session, Reader read,
                                       problems::Problems& out) {
  const Input input = read_named(path, session);
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
  std::vector<std::string> found = fix::find_reports(session.root, session.config.tests.reports);
  for (std::string& path : found) path = (session.root / path).string();
  return found;
}

/// The paths in the output are to be the project's, not the copy's.
void rename_root(std::string& output, const std::string& from, const std::string& to) {
  if (from == to) return;
  for (std::size_t at = 0; (at = output.find(from, at)) != std::string::npos; at += to.size()) {
    output.replace(at, from.size(), to);
  }
}

tl::expected<verify::CommandResult, Failure> run_in_copy(const verify::Command& command,
                                                         const Session& session,
                                                         const verify::CommandLimits& limits,
                                                         const std::stop_token& stop) {
  verify::ScratchCopies::Options wanted;
  wanted.root = session.root;
  wanted.mode = verify::sandbox_mode_named(session.config.verify.sandbox);
  wanted.trusted = session.trusted;
  const auto copies = verify::ScratchCopies::open(wanted, stop);
  if (!copies && !session.trusted) return tl::unexpected(untrusted("--run", copies.error()));
  if (copies) {
    const auto copy = copies->make({}, stop);
    if (!copy && !session.trusted) return tl::unexpected(untrusted("--run", copy.error()));
    if (copy) {
      auto result = (*copy)->run(command, "", limits, stop);
      if (result) {
        rename_root(result->output, (*copy)->root().string(), session.root.string());
        return *result;
      }
      return tl::unexpected(Failure{kUsage, "unreadable", result.error(), "Check the command after --run."});
    }
  }
  auto result = verify::run_command(command, session.root, limits, {}, stop);
  if (result) return *result;
  return tl::unexpected(Failure{kUsage, "unreadable", result.error(), "Check the command after --run."});
}

/// In a scratch copy; a trusted project's command runs in the project itself where none can be made.
tl::expected<verify::CommandResult, Failure> run_once(const std::string& command, const Session& session,
                                                      const std::stop_token& stop) {
  verify::CommandLimits limits;
  limits.deadline = std::min(session.request.budget.deadline,
                             std::chrono::steady_clock::now() + session.config.verify.timeout);
  const verify::Command parsed = verify::parse_command(command);
  auto result = run_in_copy(parsed, session, limits, stop);
  if (!result) return tl::unexpected(result.error());
  if (result->end == verify::CommandResult::End::cancelled) {
    return tl::unexpected(Failure{kCancelled, "cancelled", "cancelled while the command after --run ran",
                                  "Nothing was changed."});
  }
  if (result->end == verify::CommandResult::End::timed_out) {
    return tl::unexpected(Failure{kUsage, "timeout",
                                  "the command after --run did not end in time: " + command,
                                  "Give it more time with verify.timeoutMs or --timeout."});
  }
  if (result->end == verify::CommandResult::End::over_limit) {
    return tl::unexpected(Failure{
        kUsage, "over_limit", "the command after --run was ended, since " + result->limit + ": " + command,
        "Run less at once, or give it to --verify after another report."});
  }
  return *result;
}

/// What proves fixes, if anything may; `ran`: what the command after --run showed.
void choose_verifier(const ProblemOptions& options, Session& session,
                     std::optional<verify::CommandResult> ran) {
  if (session.config.verify.mode == config::Config::Verify::Mode::off) return;
  fix::VerifierWish wish;
  wish.root = session.root;
  wish.files = session.request.files;
  wish.problems = session.request.problems;
  wish.typed_command = options.verify.empty() ? options.run : options.verify;
  wish.commands = session.config.verify.commands;
  wish.sandbox = session.config.verify.sandbox;
  wish.timeout = session.config.verify.timeout;
  wish.deadline = session.request.budget.deadline;
  wish.trusted = session.trusted;
  // What --run printed is the run before the fix, unless something else verifies.
  if (!options.verify.empty()) ran.reset();
  auto verifier = verify::choose_verifier(std::move(wish), std::move(ran));
  if (verifier) {
    session.verifier = std::move(*verifier);
  } else {
    session.request.no_verifier = verifier.error();
  }
}

/// Reads every source of problems that the options name.
tl::expected<void, Failure> gather_problems(const ProblemOptions& options, Session& session,
                                            std::optional<verify::CommandResult>& ran,
                                            const std::stop_token& stop) {
  problems::Problems all;
  for (const std::string& path : options.diagnostics) {
    if (auto added = add_report(path, session, problems::read_diagnostics, all); !added) return added;
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
    if (auto added = add_report(path, session, read_failures, all); !added) return added;
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
    resolve_paths(session.project, *session.request.files, problem);
  }
  session.request.problems = std::move(all);
  return {};
}

tl::expected<void, Failure> add_notes(const ProblemOptions& options, Session& session) {
  for (const std::string& path : options.notes) {
    Input input = read_named(path, session);
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
    return tl::unexpected(usage(project + ": only `autofix fix` and `autofix preview` read a .zip",
                                "Unpack it and name the folder."));
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
  fix::PrivateFolder::sweep();
  auto project = open_project(options.project, stop);
  if (!project) return tl::unexpected(project.error());
  Session session;
  session.project = std::move(*project);
  session.root = session.project.root;
  session.trusted = options.trust || config::is_trusted(session.root, with.environment);
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

  choose_verifier(options, session, std::move(ran));
  session.log = config::make_logger(session.config.log, with.environment, true);
  session.engine = with.make_engine(session.config, session.log);
  return session;
}

void say_notices(const fix::FixEngine& engine) {
  if (!engine.memory().take_notices) return;
  for (const std::string& notice : engine.memory().take_notices()) say("autofix: " + notice);
}

}  // namespace autofix::cli
