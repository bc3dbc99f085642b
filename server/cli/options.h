// What the command line said, as values. One struct per subcommand; cli.cpp fills them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace autofix::cli {

/// Options that every subcommand takes.
struct CommonOptions {
  std::string config_file;
  std::string log_level;
};

/// Where problems come from and what they may cost: options of `fix` and `preview`.
struct ProblemOptions {
  std::string project = ".";
  std::vector<std::string> diagnostics;
  std::vector<std::string> tests;
  std::string run;
  std::string verify;
  std::vector<std::string> notes;
  std::vector<std::string> providers;
  int rounds = 2;
  double timeout_seconds = 0;  ///< 0: the configuration's
  std::optional<double> max_cost_usd;
  bool trust = false;
};

struct FixOptions {
  ProblemOptions problems;
  bool diff = false;
  bool apply = false;
  bool confirm = false;  ///< the user's word for deletions, manifests and changed tests
  std::string output;
  bool json = false;
};

struct ApplyOptions {
  std::string reply;
  std::string project = ".";
  bool dry_run = false;
  bool confirm = false;
};

struct CheckOptions {
  std::vector<std::string> links;
  bool json = false;
};

struct StatsOptions {
  std::string since = "7d";
  bool json = false;
  bool prometheus = false;
};

struct DashboardOptions {
  int port = 0;  ///< 0: the system chooses
};

struct ConfigOptions {
  bool schema = false;
  bool json = false;
};

struct TrustOptions {
  std::string project = ".";
  bool revoke = false;
};

}  // namespace autofix::cli
