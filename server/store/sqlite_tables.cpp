// The tables of an SQLite store and what is asked of them.
#include "server/store/names.h"
#include "server/store/sqlite_storage.h"

namespace autofix::store {
namespace {

std::string document(Connection& connection, const std::string& key) {
  Query query(connection, "SELECT bytes FROM documents WHERE key=?");
  query.bind(key);
  return query.row() ? query.bytes(0) : std::string();
}

void put_document(Connection& connection, const std::string& key, const std::string& bytes,
                  providers::WallTime now) {
  if (bytes.empty()) {
    Query(connection, "DELETE FROM documents WHERE key=?").bind(key).row();
    return;
  }
  Query(connection, "INSERT OR REPLACE INTO documents VALUES(?,?,?)")
      .bind(key)
      .bind(bytes)
      .bind(to_microseconds(now))
      .row();
}

void prune(Connection& connection, providers::WallTime oldest, std::string_view by_age,
           std::string_view by_count, std::size_t most) {
  Query(connection, by_age).bind(to_microseconds(oldest)).row();
  Query(connection, by_count).bind(static_cast<std::int64_t>(most)).row();
}

void put_attempts(Connection& connection, std::int64_t id, const std::vector<fix::LoggedAttempt>& attempts) {
  std::int64_t position = 0;
  for (const fix::LoggedAttempt& attempt : attempts) {
    Query(connection, "INSERT INTO attempts VALUES(?,?,?,?,?,?,?,?,?,?,?)")
        .bind(id)
        .bind(position++)
        .bind(attempt.link)
        .bind(attempt.model)
        .bind(fix::name_of(attempt.outcome))
        .bind(std::int64_t{attempt.http_status})
        .bind(std::int64_t{attempt.elapsed.count()})
        .bind(attempt.usage.input_tokens)
        .bind(attempt.usage.output_tokens)
        .bind(attempt.usage.cost_usd)
        .bind(std::int64_t{attempt.sent ? 1 : 0})
        .row();
  }
}

std::vector<fix::LoggedAttempt> attempts_of(Connection& connection, std::int64_t id) {
  Query query(
      connection,
      "SELECT link, model, outcome, http_status, elapsed_ms, input_tokens, output_tokens, cost_usd, sent "
      "FROM attempts WHERE fix=? ORDER BY position");
  query.bind(id);
  std::vector<fix::LoggedAttempt> attempts;
  while (query.row()) {
    fix::LoggedAttempt attempt;
    attempt.link = query.bytes(0);
    attempt.model = query.bytes(1);
    attempt.outcome = outcome_named(query.bytes(2));
    attempt.http_status = static_cast<int>(query.integer(3));
    attempt.elapsed = providers::Milliseconds(query.integer(4));
    attempt.usage = {query.integer(5), query.integer(6), query.real(7)};
    attempt.sent = query.integer(8) != 0;
    attempts.push_back(std::move(attempt));
  }
  return attempts;
}

}  // namespace

Kept<std::vector<std::string>> SqliteStorage::read(std::span<const std::string> keys) {
  std::vector<std::string> found;
  const auto done = in_transaction(Access::read, [&](Connection& connection) {
    found.clear();
    for (const std::string& key : keys) found.push_back(document(connection, key));
  });
  if (!done) return tl::unexpected(done.error());
  return found;
}

Kept<std::string> SqliteStorage::update(const std::string& key, const Change& change) {
  std::string next;
  const auto done = in_transaction(Access::write, [&](Connection& connection) {
    const std::string before = document(connection, key);
    if (connection.fault() != 0) return;
    next = change(before);
    if (next != before) put_document(connection, key, next, clock_->now().wall);
  });
  if (!done) return tl::unexpected(done.error());
  return next;
}

Kept<std::optional<fix::CachedFix>> SqliteStorage::find(std::span<const std::string> keys,
                                                        providers::WallTime not_before) {
  std::optional<fix::CachedFix> newest;
  const auto done = in_transaction(Access::read, [&](Connection& connection) {
    newest.reset();
    std::int64_t least = to_microseconds(not_before);
    for (const std::string& key : keys) {
      Query query(connection, "SELECT link, model, reply, stored FROM cache WHERE key=? AND stored>=?");
      query.bind(key).bind(least);
      if (!query.row()) continue;
      least = query.integer(3) + 1;  // from here on only a newer one counts
      newest = fix::CachedFix{key, query.bytes(0), query.bytes(1), query.bytes(2),
                              from_microseconds(query.integer(3))};
    }
  });
  if (!done) return tl::unexpected(done.error());
  return newest;
}

Kept<void> SqliteStorage::store(const fix::CachedFix& fix) {
  return in_transaction(Access::write, [&](Connection& connection) {
    Query(connection, "INSERT OR REPLACE INTO cache VALUES(?,?,?,?,?)")
        .bind(fix.key)
        .bind(fix.link)
        .bind(fix.model)
        .bind(fix.reply)
        .bind(to_microseconds(fix.stored))
        .row();
    prune(connection, clock_->now().wall - kCacheAge, "DELETE FROM cache WHERE stored<?",
          "DELETE FROM cache WHERE rowid IN (SELECT rowid FROM cache ORDER BY stored DESC LIMIT -1 OFFSET ?)",
          kMaxCached);
  });
}

Kept<void> SqliteStorage::drop(const std::string& key) {
  return in_transaction(Access::write, [&](Connection& connection) {
    Query(connection, "DELETE FROM cache WHERE key=?").bind(key).row();
  });
}

Kept<int> SqliteStorage::clear() {
  int count = 0;
  const auto done = in_transaction(Access::write, [&](Connection& connection) {
    connection.run("DELETE FROM cache");
    count = connection.changes();
  });
  if (!done) return tl::unexpected(done.error());
  return count;
}

Kept<void> SqliteStorage::record(const fix::LoggedFix& fix) {
  return in_transaction(Access::write, [&](Connection& connection) {
    std::int64_t id = 0;
    {
      Query query(connection,
                  "INSERT INTO fixes(at, status, link, cached, elapsed_ms) VALUES(?,?,?,?,?) RETURNING id");
      query.bind(to_microseconds(fix.at))
          .bind(fix::name_of(fix.status))
          .bind(fix.link)
          .bind(std::int64_t{fix.cached ? 1 : 0})
          .bind(std::int64_t{fix.elapsed.count()});
      if (query.row()) id = query.integer(0);
    }
    put_attempts(connection, id, fix.attempts);
    prune(connection, clock_->now().wall - kFixAge, "DELETE FROM fixes WHERE at<?",
          "DELETE FROM fixes WHERE id IN (SELECT id FROM fixes ORDER BY at DESC, id DESC LIMIT -1 OFFSET ?)",
          kMaxFixes);
  });
}

Kept<std::vector<fix::LoggedFix>> SqliteStorage::since(providers::WallTime time) {
  std::vector<fix::LoggedFix> fixes;
  const auto done = in_transaction(Access::read, [&](Connection& connection) {
    fixes.clear();
    Query query(connection,
                "SELECT id, at, status, link, cached, elapsed_ms FROM fixes WHERE at>=? ORDER BY at, id");
    query.bind(to_microseconds(time));
    while (query.row()) {
      fix::LoggedFix fix;
      fix.at = from_microseconds(query.integer(1));
      fix.status = status_named(query.bytes(2));
      fix.link = query.bytes(3);
      fix.cached = query.integer(4) != 0;
      fix.elapsed = providers::Milliseconds(query.integer(5));
      fix.attempts = attempts_of(connection, query.integer(0));
      fixes.push_back(std::move(fix));
    }
  });
  if (!done) return tl::unexpected(done.error());
  return fixes;
}

}  // namespace autofix::store
