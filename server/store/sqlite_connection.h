// The little of SQLite's C interface that we use, with its resources owned and its first error kept. Knows no
// table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "providers/clock.h"

struct sqlite3;
struct sqlite3_stmt;

namespace autofix::store {

/// One connection. Like a stream it remembers its first error, and does nothing more until that is cleared,
/// so that a sequence of queries is checked once at its end.
class Connection {
 public:
  /// Opens an existing file, through no symbolic link; fault() says whether that worked. `busy`: how long to
  /// wait for other writers.
  Connection(const std::filesystem::path& file, providers::Milliseconds busy);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fault() const { return fault_; }  ///< SQLite's extended result code; 0 is none
  void clear_fault() { fault_ = 0; }
  void note(int code);

  /// Statements are compiled once.
  sqlite3_stmt* prepared(std::string_view sql);
  /// For statements without parameters and results.
  void run(std::string_view sql);
  void roll_back();
  /// The file is no longer found under its name.
  bool is_moved() const;
  int changes() const;

 private:
  int fault_ = 0;
  std::unique_ptr<sqlite3, std::function<void(sqlite3*)>> database_;
  std::map<std::string, std::unique_ptr<sqlite3_stmt, std::function<void(sqlite3_stmt*)>>, std::less<>>
      statements_;
};

/// One use of a statement: values are bound in order, rows are read until row() is false.
class Query {
 public:
  Query(Connection& connection, std::string_view sql);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  Query& bind(std::string_view bytes);  ///< must outlive the query
  Query& bind(std::int64_t number);
  Query& bind(double number);
  bool row();  ///< false at the end and on a fault

  std::string bytes(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;

 private:
  Connection& connection_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

/// Rolled back unless committed.
class Transaction {
 public:
  enum class Kind { read, write };
  Transaction(Connection& connection, Kind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Connection& connection_;
  bool open_ = false;
};

}  // namespace autofix::store
