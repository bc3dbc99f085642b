#include "server/store/sqlite_storage.h"

#include <array>
#include <sqlite3.h>

#include "server/store/sqlite_place.h"

namespace autofix::store {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kVersion = 1;
constexpr std::int64_t kApplication = 0x61666978;  // "afix"

// Texts are kept as blobs: they may hold any byte.
constexpr std::array kSchema = {
    "CREATE TABLE documents(key BLOB PRIMARY KEY, bytes BLOB NOT NULL, updated INTEGER NOT NULL) WITHOUT "
    "ROWID",
    "CREATE TABLE cache(key BLOB PRIMARY KEY, link BLOB NOT NULL, model BLOB NOT NULL, reply BLOB NOT NULL, "
    "stored INTEGER NOT NULL)",
    "CREATE INDEX cache_stored ON cache(stored)",
    "CREATE TABLE fixes(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, status BLOB NOT NULL, link BLOB NOT "
    "NULL, "
    "cached INTEGER NOT NULL, elapsed_ms INTEGER NOT NULL)",
    "CREATE INDEX fixes_at ON fixes(at)",
    "CREATE TABLE attempts(fix INTEGER NOT NULL REFERENCES fixes(id) ON DELETE CASCADE, position INTEGER NOT "
    "NULL, "
    "link BLOB NOT NULL, model BLOB NOT NULL, outcome BLOB NOT NULL, http_status INTEGER NOT NULL, "
    "elapsed_ms INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, "
    "cost_usd REAL NOT NULL, sent INTEGER NOT NULL, PRIMARY KEY(fix, position)) WITHOUT ROWID",
    "PRAGMA application_id=1634101624",
    "PRAGMA user_version=1",
};

std::int64_t number(Connection& connection, std::string_view sql) {
  Query query(connection, sql);
  return query.row() ? query.integer(0) : 0;
}

bool is_corruption(int code) {
  const int primary = code & 0xFF;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

/// Trouble with the place, which another place may not have.
bool is_of_place(const Trouble& trouble) {
  using Kind = Trouble::Kind;
  return trouble.kind == Kind::unusable || trouble.kind == Kind::remote_folder ||
         trouble.kind == Kind::refused_file;
}

}  // namespace

SqliteStorage::SqliteStorage(SqliteOptions options, std::shared_ptr<const providers::Clock> clock,
                             std::shared_ptr<Notices> notices)
    : options_(std::move(options)), clock_(std::move(clock)), notices_(std::move(notices)) {}

Kept<void> SqliteStorage::in_transaction(Access access, const std::function<void(Connection&)>& use) {
  // A file that is gone again as soon as it was made anew is worth another try, not endless ones.
  constexpr int kMostHeals = 8;
  for (int healed = 0;; ++healed) {
    auto trouble = open();
    if (!trouble && access == Access::write && connection_->is_moved()) trouble = heal_moved();
    if (trouble) {
      connection_.reset();
      return tl::unexpected(*trouble);
    }
    {
      Transaction transaction(*connection_, access);
      if (connection_->fault() == SQLITE_OK) use(*connection_);
      transaction.commit();
    }
    const int fault = connection_->fault();
    if (fault == SQLITE_OK) return {};
    trouble = trouble_of(fault);
    connection_->clear_fault();
    const bool moved = connection_->is_moved();
    if (healed < kMostHeals && (moved || is_corruption(fault))) {
      if (const auto unhealed = moved ? heal_moved() : heal_corrupt()) return tl::unexpected(*unhealed);
      continue;
    }
    // A full disk and a busy file leave the connection as good as it was.
    if (trouble->kind != Trouble::Kind::locked && trouble->kind != Trouble::Kind::full) connection_.reset();
    return tl::unexpected(*trouble);
  }
}

std::optional<Trouble> SqliteStorage::open() {
  if (connection_) return std::nullopt;
  const auto trouble = open_file(options_.file);
  if (!trouble || !is_of_place(*trouble) || options_.second_file.empty()) return trouble;
  if (open_file(options_.second_file)) return trouble;
  notices_->tell(*trouble, "State is kept in " + place_.string() + " instead.");
  return std::nullopt;
}

std::optional<Trouble> SqliteStorage::open_file(const fs::path& file) {
  // A damaged file is put aside and made anew, one that vanished between the look at it and its opening as
  // well.
  constexpr int kTries = 8;
  std::optional<Trouble> trouble;
  for (int tries = 0; tries < kTries; ++tries) {
    connection_.reset();
    place_ = file;
    const auto place = prepare_place(
        file, {options_.is_remote_folder, [this](const fs::path& empty_file) { return fill(empty_file); }});
    if (!place) return place.error();
    place_ = *place;
    connection_ = std::make_unique<Connection>(place_, options_.busy);
    trouble = check_schema();
    if (!trouble) return std::nullopt;
    const auto kind = trouble->kind;
    if (kind == Trouble::Kind::corrupt) trouble = heal_corrupt();
    if (trouble && kind != Trouble::Kind::unusable) break;
  }
  connection_.reset();
  return trouble;
}

std::optional<Trouble> SqliteStorage::check_schema() {
  Connection& connection = *connection_;
  const bool ours = number(connection, "PRAGMA application_id") == kApplication;
  const std::int64_t version = number(connection, "PRAGMA user_version");
  connection.run("PRAGMA synchronous=NORMAL");
  connection.run("PRAGMA foreign_keys=ON");
  if (connection.fault() != SQLITE_OK) return trouble_of(connection.fault());
  if (!ours) {
    return Trouble{Trouble::Kind::refused_file,
                   "The store " + place_.string() + " was not opened: it is another program's database",
                   "Set store.url to a file of its own."};
  }
  if (version > kVersion) {
    return Trouble{
        Trouble::Kind::newer,
        "The store " + place_.string() + " was written by a newer version of autofix and is left alone",
        "Update autofix, or set store.url to another file."};
  }
  return std::nullopt;
}

std::optional<Trouble> SqliteStorage::fill(const fs::path& empty_file) {
  connection_ = std::make_unique<Connection>(empty_file, options_.busy);
  connection_->run("PRAGMA journal_mode=WAL");
  {
    Transaction transaction(*connection_, Access::write);
    for (const char* sql : kSchema) connection_->run(sql);
    transaction.commit();
  }
  std::optional<Trouble> trouble;
  if (connection_->fault() != SQLITE_OK) trouble = trouble_of(connection_->fault());
  connection_.reset();
  return trouble;
}

std::optional<Trouble> SqliteStorage::heal_moved() {
  const fs::path before = place_;
  connection_.reset();
  const auto trouble = open();
  if (trouble) return trouble;
  notices_->tell(
      {Trouble::Kind::deleted, "The store " + before.string() + " was removed while it was in use", ""},
      "It was made anew; what it knew of quotas, the cache and the statistics are gone.");
  return std::nullopt;
}

std::optional<Trouble> SqliteStorage::heal_corrupt() {
  const fs::path file = place_;
  fs::path aside;
  {
    const PlaceLock lock(file.parent_path());
    if (!lock) return trouble_of(SQLITE_BUSY);
    // Moved: another process was faster and has put it aside.
    const bool moved = connection_ && connection_->is_moved();
    connection_.reset();
    if (!moved) {
      const auto done = set_aside(file, clock_->now().wall);
      if (!done) return done.error();
      aside = *done;
    }
  }
  const std::string where = aside.empty() ? std::string("aside") : "aside as " + aside.string();
  notices_->tell({Trouble::Kind::corrupt, "The store " + file.string() + " is damaged", ""},
                 "It was put " + where +
                     " and made anew; what it knew of quotas, the cache and the statistics are gone.");
  return std::nullopt;
}

Trouble SqliteStorage::trouble_of(int code) const {
  using Kind = Trouble::Kind;
  const std::string store = "The store " + place_.string();
  const int primary = code & 0xFF;
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
    return {Kind::locked, store + " is kept locked by another process",
            "If that goes on, end the program that holds it (`fuser` names it)."};
  }
  if (primary == SQLITE_FULL)
    return {Kind::full, store + " cannot grow: the disk is full", "Free some space."};
  // SQLite says this of every failed write but ENOSPC, and does not tell which.
  if (code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_SHMSIZE) {
    return {Kind::full,
            store + " cannot be written to: the disk is full, a quota is used up, or the disk fails",
            "Free some space, or set store.url to a file on another disk."};
  }
  if (is_corruption(code)) {
    return {Kind::corrupt, store + " is damaged", "Remove it."};
  }
  if (code == SQLITE_CANTOPEN_SYMLINK) {
    return {Kind::refused_file, store + " was not opened: it is a symbolic link", "Remove the link."};
  }
  return {Kind::unusable, store + " cannot be used: " + sqlite3_errstr(code),
          "Make its folder writable, or set store.url to another file."};
}

}  // namespace autofix::store
