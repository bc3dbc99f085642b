#include "server/store/sqlite_connection.h"

#include <sqlite3.h>

namespace autofix::store {

Connection::Connection(const std::filesystem::path& file, providers::Milliseconds busy)
    : database_(nullptr, [](sqlite3* database) { sqlite3_close_v2(database); }) {
  sqlite3* database = nullptr;
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  const int opened = sqlite3_open_v2(file.c_str(), &database, kFlags, nullptr);
  database_.reset(database);
  note(opened);
  if (fault_ != SQLITE_OK) return;
  sqlite3_extended_result_codes(database, 1);
  if (sqlite3_db_readonly(database, "main") == 1) note(SQLITE_READONLY);  // it falls back to that silently
  sqlite3_busy_timeout(database, static_cast<int>(busy.count()));
  // A store that somebody else prepared runs none of its triggers and views with functions of its own.
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
}

Connection::~Connection() = default;

void Connection::note(int code) {
  if (fault_ == SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) fault_ = code;
}

sqlite3_stmt* Connection::prepared(std::string_view sql) {
  if (fault_ != SQLITE_OK) return nullptr;
  const auto known = statements_.find(sql);
  if (known != statements_.end()) return known->second.get();
  sqlite3_stmt* statement = nullptr;
  note(sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                          SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
  if (statement == nullptr) return nullptr;
  const auto finalize = [](sqlite3_stmt* old) { sqlite3_finalize(old); };
  statements_.emplace(std::string(sql), decltype(statements_)::mapped_type(statement, finalize));
  return statement;
}

void Connection::run(std::string_view sql) {
  Query query(*this, sql);
  while (query.row()) {
  }
}

void Connection::roll_back() {
  // Some errors have rolled back already, so that it may fail.
  sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

bool Connection::is_moved() const {
  int moved = 0;
  sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return moved != 0;
}

int Connection::changes() const {
  return sqlite3_changes(database_.get());
}

Query::Query(Connection& connection, std::string_view sql)
    : connection_(connection), statement_(connection.prepared(sql)) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::bind(std::string_view bytes) {
  // A null pointer would bind NULL where an empty value is meant.
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  ++bound_;
  if (statement_ != nullptr) {
    connection_.note(sqlite3_bind_blob64(statement_, bound_, data, bytes.size(), SQLITE_STATIC));
  }
  return *this;
}

Query& Query::bind(std::int64_t number) {
  ++bound_;
  if (statement_ != nullptr) connection_.note(sqlite3_bind_int64(statement_, bound_, number));
  return *this;
}

Query& Query::bind(double number) {
  ++bound_;
  if (statement_ != nullptr) connection_.note(sqlite3_bind_double(statement_, bound_, number));
  return *this;
}

bool Query::row() {
  if (statement_ == nullptr || connection_.fault() != SQLITE_OK) return false;
  const int code = sqlite3_step(statement_);
  connection_.note(code);
  return code == SQLITE_ROW;
}

std::string Query::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::int64_t Query::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Query::real(int column) const {
  return sqlite3_column_double(statement_, column);
}

Transaction::Transaction(Connection& connection, Kind kind) : connection_(connection) {
  // A writer takes its lock at once: one that is upgraded later can only fail when another came first.
  connection_.run(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
  open_ = connection_.fault() == SQLITE_OK;
}

Transaction::~Transaction() {
  if (!open_) return;
  connection_.roll_back();
}

void Transaction::commit() {
  if (connection_.fault() != SQLITE_OK) return;
  connection_.run("COMMIT");
  if (connection_.fault() == SQLITE_OK) open_ = false;
}

}  // namespace autofix::store
