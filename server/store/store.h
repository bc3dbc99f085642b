// Where state lives that outlasts a process or is shared among several: what the chain knows of providers,
// the cache of fixes and the log of fixes. SQLite by default, Redis for a team, memory when neither can be
// had. Deliberately no engine of our own and no migration of data from one store to another.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "providers/chain_documents.h"
#include "providers/clock.h"
#include "server/fix/fix_cache.h"
#include "server/fix/fix_log.h"

namespace autofix::store {

struct StoreOptions {
  /// `sqlite:` (store.db in `state_folder`), `sqlite:/path/file`,
  /// `redis://[[user]:password@]host[:port][/db]`, `rediss://…` (TLS), `redis+unix:/path/of/socket[?db=N]`,
  /// `memory:`. A password is percent-encoded, or `env:NAME`.
  std::string url = "sqlite:";
  std::filesystem::path state_folder;    ///< of this user; made when missing, mode 0700
  std::filesystem::path runtime_folder;  ///< the second choice for the SQLite file; may be empty
  bool cache_shared = false;  ///< without it Redis gets no source text and the cache stays in SQLite
  std::string ca_file;        ///< PEM of trusted authorities for rediss; empty: the system's

  /// Told of trouble, one sentence or two for each kind of it and never a secret. Called on the thread that
  /// met it, with the store locked: it must not call back into the store.
  std::function<void(std::string)> notice;
  /// The value of the environment variable `NAME` of a password `env:NAME`; empty when there is none.
  std::function<std::string(const std::string& name)> secret;
  /// Numeric addresses of a host, in time. Empty: the system's resolver, which knows no time limit.
  std::function<tl::expected<std::vector<std::string>, std::string>(const std::string& host,
                                                                    providers::SteadyTime deadline)>
      look_up;
  /// True for folders on a file system of another machine, where SQLite's locks cannot be relied on. Empty:
  /// asks the kernel.
  std::function<bool(const std::filesystem::path&)> is_remote_folder;
  std::shared_ptr<const providers::Clock> clock;  ///< empty: the system's

  /// How long a caller may be kept waiting, and how long a store in trouble is left alone.
  struct Limits {
    providers::Milliseconds busy{2'000};     ///< another process writes to the SQLite file
    providers::Milliseconds connect{1'000};  ///< TCP and TLS together
    providers::Milliseconds command{1'000};
    providers::Milliseconds total{2'000};   ///< one call, with a reconnect
    providers::Milliseconds retry{30'000};  ///< then it is tried again
  } limits;
};

struct Store {
  std::shared_ptr<providers::ChainDocuments> documents;
  std::shared_ptr<fix::FixCache> cache;
  std::shared_ptr<fix::FixLog> log;
  std::string description;  ///< `SQLite file /…/store.db`; no secret in it
};

/// Opens no file and no connection: the first use does. Never fails: what cannot be kept in the store is kept
/// in memory until it can.
Store open_store(StoreOptions options);

}  // namespace autofix::store
