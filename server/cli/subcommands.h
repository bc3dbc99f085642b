// The subcommands, one file each. Each returns its exit code (CONTRACT.md).
#pragma once

#include "server/cli/options.h"
#include "server/config/config.h"
#include "server/config/load.h"

namespace autofix::cli {

/// What a subcommand works with beside its own options.
struct Surroundings {
  CommonOptions common;
  config::Environment environment;
  const config::MakeEngine& make_engine;
};

int run_fix(const Surroundings& with, const FixOptions& options);
int run_preview(const Surroundings& with, const ProblemOptions& options);
int run_apply(const Surroundings& with, const ApplyOptions& options);
int run_check(const Surroundings& with, const CheckOptions& options);
int run_stats(const Surroundings& with, const StatsOptions& options);
int run_dashboard(const Surroundings& with, const DashboardOptions& options);
int run_cache_clear(const Surroundings& with);
int run_config(const Surroundings& with, const ConfigOptions& options);
int run_trust(const Surroundings& with, const TrustOptions& options);
int run_serve(const Surroundings& with);

}  // namespace autofix::cli
