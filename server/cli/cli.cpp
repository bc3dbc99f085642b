#include "server/cli/cli.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <functional>

#include "server/cli/exit_codes.h"
#include "server/cli/output.h"
#include "server/cli/subcommands.h"

namespace autofix::cli {
namespace {

void add_common(CLI::App& app, CommonOptions& common) {
  app.add_option("--config", common.config_file, "Configuration file instead of the user's own")
      ->type_name("FILE");
  app.add_option("--log-level", common.log_level, "trace, debug, info, warn, error or off")
      ->type_name("LEVEL");
}

void add_problem_options(CLI::App& app, ProblemOptions& options) {
  app.add_option(
         "project", options.project,
         "Folder (default: the current one), or a .zip: where everything in it lies below one folder, "
         "that folder is the project")
      ->type_name("PROJECT");
  app.add_option("--diagnostics", options.diagnostics,
                 "SARIF, a JSON array of LSP diagnostics, or compiler text; - is stdin")
      ->type_name("FILE")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--tests", options.tests, "Test report (JUnit XML)")
      ->type_name("FILE")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--run", options.run, "Run CMD: its output is the problem, and it proves the fix")
      ->type_name("CMD");
  app.add_option("--verify", options.verify, "Command that proves the fix")->type_name("CMD");
  app.add_option("--notes", options.notes,
                 "Specification to go by; in a .zip project also the name of a file inside")
      ->type_name("FILE")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--provider", options.providers, "These links only, in this order")
      ->type_name("NAME")
      ->delimiter(',')
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--rounds", options.rounds, "Requests per link")
      ->check(CLI::Range(1, 10))
      ->capture_default_str();
  app.add_option("--timeout", options.timeout_seconds, "Seconds for everything (default 120)")
      ->type_name("S")
      ->check(CLI::Range(0.1, 86'400.0));
  app.add_option_function<double>(
         "--max-cost", [&options](double usd) { options.max_cost_usd = usd; },
         "Stop asking after this many US dollars")
      ->type_name("USD")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--trust", options.trust, "Treat PROJECT as trusted, this once");
}

/// Everything that the parser fills, so that it lives as long as the parser.
struct Parsed {
  CommonOptions common;
  FixOptions fix;
  ProblemOptions preview;
  ApplyOptions apply;
  CheckOptions check;
  StatsOptions stats;
  DashboardOptions dashboard;
  ConfigOptions config;
  TrustOptions trust;
  bool stdio = false;
  std::function<int(const Surroundings&)> run = run_serve;
};

CLI::App* add_subcommand(CLI::App& app, Parsed& parsed, const char* name, const char* what,
                         std::function<int(const Surroundings&)> run) {
  CLI::App* sub = app.add_subcommand(name, what);
  add_common(*sub, parsed.common);
  sub->callback([&parsed, run = std::move(run)] { parsed.run = run; });
  return sub;
}

void add_subcommands(CLI::App& app, Parsed& parsed) {
  CLI::App* fix = add_subcommand(app, parsed, "fix", "Fix a project",
                                 [&](const Surroundings& with) { return run_fix(with, parsed.fix); });
  add_problem_options(*fix, parsed.fix.problems);
  fix->add_flag("--diff", parsed.fix.diff, "Print the patch and change nothing (the default)");
  fix->add_flag("--apply", parsed.fix.apply, "Write the fix into the project, also into a .zip");
  fix->add_flag("--confirm", parsed.fix.confirm, "Allow deletions, build files and changed tests");
  fix->add_option("--output", parsed.fix.output, "Write the fixed project to a new folder or .zip")
      ->type_name("PATH");
  fix->add_flag("--json", parsed.fix.json, "One result object on stdout");

  CLI::App* preview =
      add_subcommand(app, parsed, "preview", "Print what would be sent; no network",
                     [&](const Surroundings& with) { return run_preview(with, parsed.preview); });
  add_problem_options(*preview, parsed.preview);

  CLI::App* apply = add_subcommand(app, parsed, "apply", "Apply a model's reply",
                                   [&](const Surroundings& with) { return run_apply(with, parsed.apply); });
  apply->add_option("reply", parsed.apply.reply, "File with the reply; - is stdin")
      ->required()
      ->type_name("REPLY");
  apply->add_option("project", parsed.apply.project, "Folder (default: the current one)")
      ->type_name("PROJECT");
  apply->add_flag("--dry-run", parsed.apply.dry_run, "Print the patch and change nothing");
  apply->add_flag("--confirm", parsed.apply.confirm, "Allow deletions, build files and changed tests");

  CLI::App* check = add_subcommand(app, parsed, "check", "Test each link",
                                   [&](const Surroundings& with) { return run_check(with, parsed.check); });
  check->add_option("links", parsed.check.links, "Links to test (default: the chain)")->type_name("LINK");
  check->add_flag("--json", parsed.check.json, "As JSON");

  CLI::App* stats =
      add_subcommand(app, parsed, "stats", "Requests, fallbacks, latency, tokens, cost per link",
                     [&](const Surroundings& with) { return run_stats(with, parsed.stats); });
  stats->add_option("--since", parsed.stats.since, "How far back: 7d, 24h, 30m")->type_name("SPAN");
  stats->add_flag("--json", parsed.stats.json, "As JSON");
  stats->add_flag("--prometheus", parsed.stats.prometheus, "As Prometheus reads it");

  CLI::App* dashboard =
      add_subcommand(app, parsed, "dashboard", "The same as a page on loopback, live",
                     [&](const Surroundings& with) { return run_dashboard(with, parsed.dashboard); });
  dashboard->add_option("--port", parsed.dashboard.port, "Port on 127.0.0.1 (default: any free one)")
      ->type_name("N")
      ->check(CLI::Range(0, 65'535));

  CLI::App* cache = app.add_subcommand("cache", "Earlier fixes that are tried first");
  cache->require_subcommand(1);
  add_subcommand(*cache, parsed, "clear", "Forget all of them", run_cache_clear);

  CLI::App* config =
      add_subcommand(app, parsed, "config", "Print the effective configuration",
                     [&](const Surroundings& with) { return run_config(with, parsed.config); });
  config->add_flag("--schema", parsed.config.schema, "Print the JSON Schema instead");
  config->add_flag("--json", parsed.config.json, "As JSON");

  CLI::App* trust = add_subcommand(app, parsed, "trust", "Trust a project's own settings and commands",
                                   [&](const Surroundings& with) { return run_trust(with, parsed.trust); });
  trust->add_option("project", parsed.trust.project, "Folder (default: the current one)")
      ->type_name("PROJECT");
  trust->add_flag("--revoke", parsed.trust.revoke, "Trust it no longer");

  CLI::App* serve = add_subcommand(app, parsed, "serve", "Language server on stdin and stdout", run_serve);
  serve->add_flag("--stdio", parsed.stdio, "The default");
}

}  // namespace

int run(int argc, char** argv, const config::MakeEngine& make_engine) {
  // A reader that goes away is an error to handle, not a reason to die.
  std::signal(SIGPIPE, SIG_IGN);
  Parsed parsed;
  CLI::App app("autofix fixes what your tools find: diagnostics, failing tests, compiler output.", "autofix");
  app.set_version_flag("--version", "autofix " AUTOFIX_VERSION);
  app.add_flag("--stdio", parsed.stdio, "Language server on stdin and stdout (the default)");
  app.require_subcommand(0, 1);
  add_common(app, parsed.common);
  add_subcommands(app, parsed);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto subs = app.get_subcommands();
    write_out(subs.empty() ? app.help() : subs.front()->help("autofix"));
    return kOk;
  } catch (const CLI::CallForVersion& version) {
    write_out(std::string(version.what()) + "\n");
    return kOk;
  } catch (const CLI::ParseError& error) {
    return report({kUsage, "usage", error.what(), "See `autofix --help`, or `autofix COMMAND --help`."});
  }
  const Surroundings with{parsed.common, config::Environment::of_process(), make_engine};
  try {
    return parsed.run(with);
  } catch (const std::exception& fault) {
    return report({kUsage, "error", std::string("an unexpected error: ") + fault.what(),
                   "Nothing was changed. Please report this."});
  }
}

}  // namespace autofix::cli
