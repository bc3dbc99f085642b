// The effective configuration: one struct with its defaults. Where each value came from is in load.h.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "providers/catalog.h"
#include "server/problems/problem.h"

namespace spdlog {
class logger;
}

namespace autofix::fix {
class FixEngine;
}

namespace autofix::config {

struct Config {
  /// Names of links in the order they are asked.
  std::vector<std::string> chain = {"gemini", "groq", "anthropic", "openai", "local", "offline"};

  /// Every known link, built in or named by the user, with keys resolved. Not only those in `chain`.
  std::vector<providers::LinkConfig> links;

  std::string routing = "ordered";

  struct Hedge {
    bool enabled = false;
  } hedge;

  struct Retry {
    int max = 1;  ///< repeats on one link for failures that a repeat can cure
  } retry;

  struct Budget {
    double usd_per_day = 1.0;
  } budget;

  struct Cache {
    bool enabled = true;
    int ttl_days = 30;
    bool shared = false;  ///< may hold source text in a Redis that others read
  } cache;

  struct Store {
    std::string url = "sqlite:";
  } store;

  struct Verify {
    enum class Mode { automatic, off, required };
    Mode mode = Mode::automatic;
    std::vector<std::string> commands;
    std::chrono::milliseconds timeout{60'000};
    std::string sandbox = "auto";
  } verify;

  struct Context {
    int max_tokens = 24'000;
    std::vector<std::string> exclude;  ///< globs of files that are never sent
    std::vector<std::string> notes;    ///< project notes, relative to the root
  } context;

  struct Tests {
    std::vector<std::string> reports = {"**/junit*.xml", "**/TEST-*.xml"};
    bool publish = true;
  } tests;

  struct Actions {
    problems::Severity min_severity = problems::Severity::warning;
    bool preview = false;  ///< the editor shows every fix before it is applied
  } actions;

  struct Privacy {
    bool redact = true;
    std::vector<std::string> allow_providers = {"*"};
  } privacy;

  struct Log {
    std::string level = "info";
    std::string file;
  } log;

  std::chrono::seconds timeout{120};       ///< of one fix, all links together
  std::string fix_delivery = "command";    ///< `resolve`: the edit comes from codeAction/resolve
  std::string command_reply = "finished";  ///< `started`: autofix.fix answers at once
  bool workspace_trusted = true;           ///< the editor's own word; false outweighs the trust store

  /// The links of `chain` in order, as the provider chain takes them.
  std::vector<providers::LinkConfig> chain_links() const;
};

/// Builds an engine for a configuration. main wires it; what engines of one process share (breaker and quota
/// state) lives behind it.
using MakeEngine =
    std::function<std::shared_ptr<fix::FixEngine>(const Config&, std::shared_ptr<spdlog::logger>)>;

}  // namespace autofix::config
