#include "server/store/store.h"

#include "server/store/fallback_store.h"
#include "server/store/redis_storage.h"
#include "server/store/sqlite_place.h"
#include "server/store/sqlite_storage.h"
#include "server/store/store_url.h"

namespace autofix::store {
namespace {

class Documents final : public providers::ChainDocuments {
 public:
  explicit Documents(std::shared_ptr<FallbackStore> store) : store_(std::move(store)) {}
  std::vector<std::string> read(std::span<const std::string> keys) const override {
    return store_->read(keys);
  }
  std::string update(const std::string& key, const Change& change) override {
    return store_->update(key, change);
  }

 private:
  std::shared_ptr<FallbackStore> store_;
};

class Cache final : public fix::FixCache {
 public:
  explicit Cache(std::shared_ptr<FallbackStore> store) : store_(std::move(store)) {}
  std::optional<fix::CachedFix> find(std::span<const std::string> keys,
                                     providers::WallTime not_before) override {
    return store_->find(keys, not_before);
  }
  void store(const fix::CachedFix& fix) override { store_->store(fix); }
  void drop(const std::string& key) override { store_->drop(key); }
  int clear() override { return store_->clear(); }

 private:
  std::shared_ptr<FallbackStore> store_;
};

class Log final : public fix::FixLog {
 public:
  explicit Log(std::shared_ptr<FallbackStore> store) : store_(std::move(store)) {}
  void record(const fix::LoggedFix& fix) override { store_->record(fix); }
  std::vector<fix::LoggedFix> since(providers::WallTime time) const override { return store_->since(time); }

 private:
  std::shared_ptr<FallbackStore> store_;
};

/// Makes the storages of one open_store.
class Opener {
 public:
  explicit Opener(StoreOptions options)
      : options_(std::move(options)), notices_(std::make_shared<Notices>(options_.notice)) {
    if (!options_.clock) options_.clock = std::make_shared<providers::SystemClock>();
    if (!options_.is_remote_folder) options_.is_remote_folder = is_on_remote_file_system;
  }

  Store open() {
    auto url = parse_store_url(options_.url);
    if (!url) {
      notices_->tell({Trouble::Kind::bad_url, "The setting store.url is not understood: " + url.error(),
                      "Use sqlite:, sqlite:/path/of/file or redis://host:port/database."},
                     "What autofix learns is kept in memory and ends with it.");
      url = StoreUrl{StoreUrl::Kind::memory, {}, {}};
    }
    switch (url->kind) {
      case StoreUrl::Kind::memory:
        return all_in(memory(), "memory");
      case StoreUrl::Kind::sqlite:
        return all_in(sqlite(url->file), "SQLite file " + file_of(url->file).string());
      case StoreUrl::Kind::redis:
        break;
    }
    std::string name = "Redis at " + url->redis.name() + ", database " + std::to_string(url->redis.database);
    if (url->redis.tls) name += ", over TLS";
    Store store = all_in(redis(std::move(url->redis)), name);
    if (!options_.cache_shared) store.cache = std::make_shared<Cache>(sqlite({}));
    return store;
  }

 private:
  static Store all_in(const std::shared_ptr<FallbackStore>& store, std::string description) {
    return {std::make_shared<Documents>(store), std::make_shared<Cache>(store), std::make_shared<Log>(store),
            std::move(description)};
  }

  std::filesystem::path file_of(const std::filesystem::path& named) const {
    return named.empty() ? options_.state_folder / "store.db" : named;
  }

  std::shared_ptr<FallbackStore> with_fallback(std::unique_ptr<Storage> storage) {
    return std::make_shared<FallbackStore>(std::move(storage), options_.clock, options_.limits.retry,
                                           notices_);
  }

  std::shared_ptr<FallbackStore> memory() {
    return with_fallback(std::make_unique<MemoryStorage>(options_.clock));
  }

  std::shared_ptr<FallbackStore> sqlite(const std::filesystem::path& file) {
    SqliteOptions sqlite;
    sqlite.file = file_of(file);
    if (!options_.runtime_folder.empty()) sqlite.second_file = options_.runtime_folder / "store.db";
    sqlite.busy = options_.limits.busy;
    sqlite.is_remote_folder = options_.is_remote_folder;
    return with_fallback(std::make_unique<SqliteStorage>(std::move(sqlite), options_.clock, notices_));
  }

  std::shared_ptr<FallbackStore> redis(RedisEndpoint endpoint) {
    RedisOptions redis;
    redis.endpoint = std::move(endpoint);
    redis.ca_file = options_.ca_file;
    redis.secret = options_.secret;
    redis.look_up = options_.look_up;
    redis.connect = options_.limits.connect;
    redis.command = options_.limits.command;
    redis.total = options_.limits.total;
    return with_fallback(std::make_unique<RedisStorage>(std::move(redis), options_.clock));
  }

  StoreOptions options_;
  std::shared_ptr<Notices> notices_;
};

}  // namespace

Store open_store(StoreOptions options) {
  return Opener(std::move(options)).open();
}

}  // namespace autofix::store
