// State in one SQLite file that all processes of a user share. Heals what it can by itself (a file that was
// deleted, a damaged one) and says so; everything else is a Trouble for FallbackStore.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/store/notices.h"
#include "server/store/sqlite_connection.h"
#include "server/store/storage.h"

namespace autofix::store {

struct SqliteOptions {
  std::filesystem::path file;
  std::filesystem::path second_file;  ///< used when the first one's place cannot be; may be empty
  providers::Milliseconds busy{2'000};
  std::function<bool(const std::filesystem::path&)> is_remote_folder;
};

class SqliteStorage final : public Storage {
 public:
  SqliteStorage(SqliteOptions options, std::shared_ptr<const providers::Clock> clock,
                std::shared_ptr<Notices> notices);

  Kept<std::vector<std::string>> read(std::span<const std::string> keys) override;
  Kept<std::string> update(const std::string& key, const Change& change) override;
  Kept<std::optional<fix::CachedFix>> find(std::span<const std::string> keys,
                                           providers::WallTime not_before) override;
  Kept<void> store(const fix::CachedFix& fix) override;
  Kept<void> drop(const std::string& key) override;
  Kept<int> clear() override;
  Kept<void> record(const fix::LoggedFix& fix) override;
  Kept<std::vector<fix::LoggedFix>> since(providers::WallTime time) override;

 private:
  using Access = Transaction::Kind;

  /// Runs `use` in a transaction, and once more after the file was healed.
  Kept<void> in_transaction(Access access, const std::function<void(Connection&)>& use);
  std::optional<Trouble> open();
  std::optional<Trouble> open_file(const std::filesystem::path& file);
  std::optional<Trouble> check_schema();
  std::optional<Trouble> fill(const std::filesystem::path& empty_file);
  std::optional<Trouble> heal_moved();
  std::optional<Trouble> heal_corrupt();
  Trouble trouble_of(int code) const;

  SqliteOptions options_;
  std::shared_ptr<const providers::Clock> clock_;
  std::shared_ptr<Notices> notices_;
  std::filesystem::path place_;  // of the open connection, or of the last try
  std::unique_ptr<Connection> connection_;
};

}  // namespace autofix::store
