// What an SQLite store does when its file, its folder or its disk is not as it should be: fixes go on, one
// notice.
#include <array>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <random>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/store/sqlite_place.h"
#include "server/store/storage.h"
#include "tests/server/store/store_rig.h"
#include "tests/support/catch.h"

namespace autofix::store {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using test::cached;
using test::Forked;
using test::logged;
using test::plus_one;
using test::read_one;
using test::write_one;
using Keys = std::vector<std::string>;

struct SqliteRig : test::StoreRig {
  SqliteRig() : StoreRig("sqlite") {}
  fs::path state() const { return folder.path() / "state" / "autofix"; }
  fs::path runtime() const { return folder.path() / "run" / "autofix"; }
  fs::path file() const { return state() / "store.db"; }
  std::string bytes() const { return folder.read("state/autofix/store.db"); }
  void overwrite(std::size_t from, std::size_t count) const {
    std::fstream stream(file(), std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(static_cast<std::streamoff>(from));
    for (std::size_t at = 0; at < count; ++at) stream.put('\xA5');
  }
  /// Files put aside, without -wal and -shm.
  std::vector<fs::path> aside() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(state())) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("store.db.corrupt-") && !name.ends_with("-wal") && !name.ends_with("-shm")) {
        found.push_back(entry.path());
      }
    }
    return found;
  }
  /// Says the one notice there is, and that it has these words.
  void check_one_notice(std::initializer_list<const char*> words) const {
    const auto all = notes.all();
    INFO("notices: " << Catch::rangeToString(all));
    REQUIRE(all.size() == 1);
    for (const char* word : words) {
      INFO(word);
      CHECK(all[0].find(word) != std::string::npos);
    }
  }
};

/// SQLite as another program would use it.
class RawSqlite {
 public:
  explicit RawSqlite(const fs::path& file) { REQUIRE(sqlite3_open(file.c_str(), &database_) == SQLITE_OK); }
  ~RawSqlite() { sqlite3_close(database_); }
  RawSqlite(const RawSqlite&) = delete;
  RawSqlite& operator=(const RawSqlite&) = delete;
  /// The first column of the first row.
  std::string run(const std::string& sql) const {
    std::string first;
    const auto take = [](void* into, int, char** values, char**) {
      auto& text = *static_cast<std::string*>(into);
      if (text.empty() && values[0] != nullptr) text = values[0];
      return 0;
    };
    char* error = nullptr;
    sqlite3_exec(database_, sql.c_str(), take, &first, &error);
    INFO((error == nullptr ? "" : error));
    REQUIRE(error == nullptr);
    return first;
  }

 private:
  sqlite3* database_ = nullptr;
};

TEST_CASE("only the user may read the store, and it is in WAL mode") {
  const SqliteRig rig;
  const Store store = rig.open();
  write_one(store, "a", "1");
  const auto mode = [](const fs::path& path) {
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    return status.st_mode & 0777U;
  };
  CHECK(mode(rig.state()) == 0700);
  CHECK(mode(rig.file()) == 0600);
  CHECK(mode(rig.file().string() + "-wal") == 0600);
  CHECK(RawSqlite(rig.file()).run("PRAGMA journal_mode") == "wal");
  CHECK(store.description == "SQLite file " + rig.file().string());
  CHECK(chmod(rig.file().c_str(), 0644) == 0);
  CHECK(read_one(rig.open(), "a") == "1");
  CHECK(mode(rig.file()) == 0600);
}

TEST_CASE("a file named in the URL is used, its folder made") {
  SqliteRig rig;
  StoreOptions options = rig.options();
  options.url = "sqlite:" + (rig.folder.path() / "elsewhere" / "team.db").string();
  write_one(open_store(options), "a", "1");
  CHECK(fs::exists(rig.folder.path() / "elsewhere" / "team.db"));
  CHECK(read_one(open_store(options), "a") == "1");
  CHECK_FALSE(fs::exists(rig.state()));
}

TEST_CASE("ten thousand fixes and five thousand replies are kept, the newest") {
  const SqliteRig rig;
  const Store store = rig.open();
  const auto now = rig.clock->now().wall;
  const std::string at = std::to_string(to_microseconds(now) - 20'000);
  store.log->record(logged("first", from_microseconds(to_microseconds(now) - 30'000)));
  store.cache->store(cached("first", "reply", from_microseconds(to_microseconds(now) - 30'000)));
  const RawSqlite raw(rig.file());
  raw.run(
      "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<10000) "
      "INSERT INTO fixes(at, status, link, cached, elapsed_ms) SELECT " +
      at + "+i, 'verified', 'x', 0, 1 FROM n");
  raw.run(
      "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<5000) "
      "INSERT INTO cache SELECT CAST('k'||i AS BLOB), 'x', 'x', 'x', " +
      at + "+i FROM n");
  store.log->record(logged("last", now));
  store.cache->store(cached("last", "reply", now));
  const auto fixes = store.log->since(now - 1h);
  CHECK(fixes.size() == kMaxFixes);
  CHECK(fixes.front().at == from_microseconds(to_microseconds(now) - 20'000 + 2));
  CHECK(fixes.back().link == "last");
  CHECK_FALSE(store.cache->find(Keys{"first", "k1"}, now - 1h));
  CHECK(store.cache->find(Keys{"k2"}, now - 1h));
  CHECK(store.cache->clear() == static_cast<int>(kMaxCached));
}

TEST_CASE("a locked store is left alone, and gets what was learned meanwhile") {
  const SqliteRig rig;
  StoreOptions options = rig.options();
  options.limits.busy = 30ms;
  const Store store = open_store(options);
  write_one(store, "a", "1");
  write_one(store, "theirs", "old");
  {
    const RawSqlite raw(rig.file());
    raw.run("BEGIN IMMEDIATE");
    CHECK(store.documents->update("a", plus_one) == "2");
    CHECK(read_one(store, "a") == "2");
    CHECK(store.documents->update("a", plus_one) == "3");
    CHECK(write_one(store, "new", "x") == "x");
    write_one(store, "theirs", "ours");
    store.log->record(logged("groq", rig.clock->now().wall));
    store.cache->store(cached("k", "reply", rig.clock->now().wall));
    CHECK(store.log->since(rig.clock->now().wall - 1h).size() == 1);
    CHECK(store.cache->find(Keys{"k"}, rig.clock->now().wall - 1h));
    CHECK(store.documents->read(Keys{"a", "new", "theirs"}) == Keys{"3", "x", "ours"});
    raw.run("ROLLBACK");
    raw.run("UPDATE documents SET bytes='newer' WHERE key=CAST('theirs' AS BLOB)");
  }
  rig.check_one_notice({"store.db is kept locked by another process", "kept in memory"});
  // Free again, but left alone for half a minute.
  CHECK(read_one(rig.open(), "a") == "1");
  CHECK(read_one(store, "a") == "3");
  rig.clock->advance(30s);
  CHECK(store.documents->read(Keys{"a", "new", "theirs"}) == Keys{"3", "x", "newer"});
  const Store other = rig.open();
  CHECK(other.documents->read(Keys{"a", "new", "theirs"}) == Keys{"3", "x", "newer"});
  CHECK(other.log->since(rig.clock->now().wall - 1h).size() == 1);
  CHECK(other.cache->find(Keys{"k"}, rig.clock->now().wall - 1h));
  CHECK(rig.notes.all().size() == 1);
}

TEST_CASE("a file that is no database is put aside and made anew") {
  const SqliteRig rig;
  const std::string garbage(10'000, 'g');
  rig.folder.write("state/autofix/store.db", garbage);
  const Store store = rig.open();
  CHECK(read_one(store, "a").empty());
  CHECK(write_one(store, "a", "1") == "1");
  CHECK(read_one(rig.open(), "a") == "1");
  rig.check_one_notice({"store.db is damaged", "put aside as", "store.db.corrupt-", "made anew"});
  REQUIRE(rig.aside().size() == 1);
  CHECK(fs::file_size(rig.aside()[0]) == garbage.size());
}

TEST_CASE("damage deep in the file is found when it is met") {
  const SqliteRig rig;
  {
    const Store before = rig.open();
    for (int index = 0; index < 100; ++index) {
      write_one(before, "key" + std::to_string(index), std::string(3'000, 'x'));
    }
  }
  REQUIRE(rig.bytes().size() > 100'000);
  rig.overwrite(4'096, rig.bytes().size() - 4'096);
  const Store one = rig.open();
  const Store two = rig.open();
  CHECK(write_one(one, "a", "1") == "1");
  CHECK(two.documents->update("a", plus_one) == "2");
  CHECK(read_one(one, "a") == "2");
  CHECK(rig.aside().size() == 1);
  rig.check_one_notice({"store.db is damaged"});
}

TEST_CASE("damage under an open store") {
  const SqliteRig rig;
  const Store one = rig.open();
  const Store two = rig.open();
  // More than SQLite keeps in memory, so that it is read again.
  for (int index = 0; index < 1'500; ++index) {
    write_one(one, "key" + std::to_string(index), std::string(3'000, 'x'));
  }
  write_one(two, "a", "1");
  RawSqlite(rig.file()).run("PRAGMA wal_checkpoint(TRUNCATE)");
  rig.overwrite(4'096, rig.bytes().size() - 4'096);
  for (int index = 0; index < 1'500; ++index) {
    one.documents->update("key" + std::to_string(index), plus_one);
    two.documents->update("other", [](std::string_view old) { return std::string(old) + "+"; });
  }
  CHECK(read_one(two, "key1499") == "1");
  CHECK(read_one(one, "other") == read_one(two, "other"));
  CHECK(RawSqlite(rig.file()).run("PRAGMA integrity_check") == "ok");
  CHECK(rig.aside().size() == 1);
}

TEST_CASE("a store that is deleted while open is made anew") {
  const SqliteRig rig;
  const Store one = rig.open();
  StoreOptions options = rig.options();
  const test::Notes second_notes;
  options.notice = second_notes.writer();
  const Store two = open_store(options);
  write_one(one, "a", "1");
  write_one(two, "b", "1");
  SECTION("the file alone") {
    fs::remove(rig.file());
  }
  SECTION("everything") {
    fs::remove_all(rig.state());
  }
  SECTION("replaced by an empty file") {
    fs::remove(rig.file());
    rig.folder.write("state/autofix/store.db", "");
  }
  CHECK(write_one(one, "a", "2") == "2");
  CHECK(write_one(two, "b", "2") == "2");
  for (int index = 0; index < 500; ++index)
    write_one(index % 2 == 0 ? one : two, "x" + std::to_string(index), "x");
  const Store three = rig.open();
  for (const Store& store : {one, two, three}) {
    CHECK(store.documents->read(Keys{"a", "b", "x499"}) == Keys{"2", "2", "x"});
  }
  CHECK(RawSqlite(rig.file()).run("PRAGMA integrity_check") == "ok");
  rig.check_one_notice({"store.db was removed while it was in use", "made anew"});
  CHECK(second_notes.all().size() == 1);
}

TEST_CASE("a file deleted again and again under four writers is made anew each time, and never damaged") {
  const SqliteRig rig;
  write_one(rig.open(), "a", "1");
  std::vector<std::unique_ptr<Forked>> writers;
  for (int index = 0; index < 4; ++index) {
    writers.push_back(std::make_unique<Forked>([&] {
      const Store store = rig.open();
      for (int count = 0; count < 3'000; ++count) {
        const std::string key = "key" + std::to_string(count % 50);
        store.documents->update(key, [](std::string_view) { return std::string(2'000, 'x'); });
        const std::string read = read_one(store, key);
        if (!read.empty() && read != std::string(2'000, 'x')) return 1;
      }
      const auto all = rig.notes.all();
      for (const std::string& notice : all) {
        if (notice.find("removed while it was in use") == std::string::npos) return 2;
      }
      return all.size() <= 1 ? 0 : 3;
    }));
  }
  for (int round = 0; round < 15; ++round) {
    // Used once between two deletions: a file that never lasts until it is opened is nobody's store.
    CHECK(write_one(rig.open(), "a", "2") == "2");
    unlink(rig.file().c_str());
  }
  for (const auto& writer : writers) CHECK(writer->wait() == 0);
  CHECK(write_one(rig.open(), "a", "2") == "2");
  CHECK(RawSqlite(rig.file()).run("PRAGMA integrity_check") == "ok");
  CHECK(rig.aside().empty());
  CHECK(rig.notes.all() == std::vector<std::string>());
}

TEST_CASE("a folder that cannot be used: the runtime folder, else memory") {
  const SqliteRig rig;
  StoreOptions options = rig.options();
  std::string word;
  SECTION("below a file") {
    rig.folder.write("state", "a file");
    word = "cannot be used";
  }
  SECTION("nowhere") {
    options.state_folder.clear();
    word = "cannot be used";
  }
  SECTION("on another machine") {
    options.is_remote_folder = [&](const fs::path& path) { return path == rig.state(); };
    word = "network file system";
  }
  SECTION("a link in place of the file") {
    rig.folder.write("state/autofix/other", "precious");
    fs::create_symlink(rig.state() / "other", rig.file());
    word = "symbolic link";
  }
  SECTION("a dangling link in place of the file") {
    rig.folder.write("state/autofix/other", "precious");
    fs::create_symlink(rig.state() / "missing", rig.file());
    word = "symbolic link";
  }
  SECTION("a named pipe in place of the file") {
    fs::create_directories(rig.state());
    REQUIRE(mkfifo(rig.file().c_str(), 0600) == 0);
    word = "no regular file";
  }
  SECTION("another program's database") {
    fs::create_directories(rig.state());
    RawSqlite(rig.file()).run("CREATE TABLE theirs(x)");
    word = "another program's database";
  }
  SECTION("the file is a folder") {
    fs::create_directories(rig.file());
    word = "no regular file";
  }
  {
    options.runtime_folder = rig.runtime();
    const Store store = open_store(options);
    CHECK(write_one(store, "a", "1") == "1");
    CHECK(read_one(open_store(options), "a") == "1");
    CHECK(fs::exists(rig.runtime() / "store.db"));
    REQUIRE(rig.notes.all().size() == 2);  // of two stores
    for (const std::string& notice : rig.notes.all()) {
      INFO(notice);
      CHECK(notice.find(word) != std::string::npos);
      CHECK(notice.find("State is kept in " + (rig.runtime() / "store.db").string()) != std::string::npos);
    }
  }
  options.runtime_folder.clear();
  const test::Notes notes;
  options.notice = notes.writer();
  const Store store = open_store(options);
  CHECK(write_one(store, "a", "1") == "1");
  store.log->record(logged("groq", rig.clock->now().wall));
  CHECK(read_one(store, "a") == "1");
  rig.clock->advance(31s);
  CHECK(store.documents->update("a", plus_one) == "2");
  CHECK(store.log->since(rig.clock->now().wall - 1h).size() == 1);
  CHECK(read_one(open_store(options), "a").empty());
  REQUIRE(notes.all().size() == 2);
  CHECK(notes.all()[0].find("kept in memory") != std::string::npos);
  if (fs::exists(rig.state() / "other")) CHECK(rig.folder.read("state/autofix/other") == "precious");
  CHECK_FALSE(fs::exists(rig.state() / "missing"));
}

TEST_CASE("folders of this machine are not taken for remote ones") {
  const SqliteRig rig;
  CHECK_FALSE(is_on_remote_file_system(rig.folder.path()));
  CHECK_FALSE(is_on_remote_file_system("/no/such/folder"));
}

/// For tests as root, whom no mode bits stop.
void become_nobody() {
  if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(254);
}

TEST_CASE("a folder and a file that may only be read") {
  const SqliteRig rig;
  write_one(rig.open(), "a", "1");
  chmod(rig.folder.path().c_str(), 0755);
  chmod(rig.state().parent_path().c_str(), 0755);
  SECTION("the folder") {
    // As the root user the file is another user's as well: made by the reader itself it is not.
    fs::remove_all(rig.state());
    fs::create_directory(rig.state());
    chmod(rig.state().c_str(), 0555);
    Forked reader([&] {
      become_nobody();
      const Store store = rig.open();
      if (write_one(store, "a", "2") != "2" || read_one(store, "a") != "2") return 1;
      const auto all = rig.notes.all();
      return all.size() == 1 && all[0].find("cannot be used: Permission denied") != std::string::npos ? 0 : 2;
    });
    CHECK(reader.wait() == 0);
  }
  SECTION("the file, of another user or write-protected") {
    chmod(rig.state().c_str(), 0755);
    chmod(rig.file().c_str(), 0444);
    Forked reader([&] {
      become_nobody();
      const Store store = rig.open();
      if (write_one(store, "a", "2") != "2" || read_one(store, "a") != "2") return 1;
      return rig.notes.all().size() == 1 ? 0 : 2;
    });
    CHECK(reader.wait() == 0);
  }
}

TEST_CASE("a store of a newer version is left alone") {
  const SqliteRig rig;
  write_one(rig.open(), "a", "1");
  RawSqlite(rig.file()).run("PRAGMA user_version=99");
  const std::string before = rig.bytes();
  StoreOptions options = rig.options();
  options.runtime_folder = rig.runtime();
  const Store store = open_store(options);
  CHECK(read_one(store, "a").empty());
  CHECK(store.documents->update("a", plus_one) == "1");
  store.cache->store(cached("k", "reply", rig.clock->now().wall));
  rig.clock->advance(31s);
  CHECK(store.documents->update("a", plus_one) == "2");
  CHECK(rig.bytes() == before);
  CHECK_FALSE(fs::exists(rig.runtime()));
  rig.check_one_notice({"newer version of autofix and is left alone", "kept in memory", "Update autofix"});
}

/// Fills the store until it complains, frees space through `free`, and looks whether it is used again. Exit
/// code 0.
int fill_disk(const SqliteRig& rig, const std::function<void()>& free) {
  const Store store = rig.open();
  write_one(store, "a", "1");
  for (int index = 0; index < 1'000 && rig.notes.all().empty(); ++index) {
    store.cache->store(cached("k" + std::to_string(index), std::string(20'000, 'x'), rig.clock->now().wall));
  }
  if (rig.notes.all().size() != 1 || rig.notes.all()[0].find("the disk is full") == std::string::npos)
    return 1;
  if (store.documents->update("a", plus_one) != "2" || read_one(store, "a") != "2") return 2;
  store.log->record(logged("groq", rig.clock->now().wall));
  rig.clock->advance(31s);
  if (store.documents
          ->update("a", [](std::string_view old) { return std::string(old) + std::string(20'000, '+'); })
          .size() != 20'001) {
    return 3;
  }
  free();
  rig.clock->advance(31s);
  if (read_one(store, "a").size() != 20'001) return 4;
  if (read_one(rig.open(), "a").size() != 20'001) return 5;
  if (rig.open().log->since(rig.clock->now().wall - 1h).size() != 1) return 6;
  return rig.notes.all().size() == 1 ? 0 : 7;
}

TEST_CASE("a file that must not grow any more is a full disk") {
  const SqliteRig rig;
  Forked child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 400'000;
    setrlimit(RLIMIT_FSIZE, &limit);
    return fill_disk(rig, [] {
      rlimit more{};
      getrlimit(RLIMIT_FSIZE, &more);
      more.rlim_cur = more.rlim_max;
      setrlimit(RLIMIT_FSIZE, &more);
    });
  });
  CHECK(child.wait() == 0);
}

#ifndef __SANITIZE_THREAD__  // its runtime has a thread, and only a process of one may enter a user namespace
TEST_CASE("a disk without space") {
  const SqliteRig rig;
  fs::create_directories(rig.state());
  constexpr int kNoNamespaces = 99;
  Forked child([&] {
    const std::string users = "0 " + std::to_string(geteuid()) + " 1\n";
    const std::string groups = "0 " + std::to_string(getegid()) + " 1\n";
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return kNoNamespaces;
    std::ofstream("/proc/self/uid_map") << users;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/gid_map") << groups;
    if (mount("none", rig.state().c_str(), "tmpfs", 0, "size=600k,mode=0700") != 0) return kNoNamespaces;
    const fs::path filler = rig.state() / "filler";
    std::ofstream(filler) << std::string(200'000, 'f');
    return fill_disk(rig, [&] { fs::remove(filler); });
  });
  const int code = child.wait();
  if (code == kNoNamespaces) {
    WARN("TEST SKIPPED: no user namespaces to mount a small disk in");
  } else {
    CHECK(code == 0);
  }
}
#endif

TEST_CASE("a store whose writer is killed at any moment goes on") {
  const SqliteRig rig;
  std::mt19937 random(7);
  int least = 0;
  for (int round = 0; round < 20; ++round) {
    std::array<int, 2> ends{};
    REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
    Forked writer([&] {
      const Store store = rig.open();
      while (true) {
        store.documents->update("count", plus_one);
        if (write(ends[1], "x", 1) != 1) return 1;
        store.cache->store(cached("k", std::string(50'000, 'x'), rig.clock->now().wall));
        store.log->record(logged("groq", rig.clock->now().wall));
      }
    });
    close(ends[1]);
    // The first kill comes while the store is being made.
    const int until = round == 0 ? 0 : static_cast<int>(random() % 30);
    char byte = 0;
    int seen = 0;
    while (seen < until && read(ends[0], &byte, 1) == 1) ++seen;
    writer.kill_now();
    while (read(ends[0], &byte, 1) == 1) ++seen;
    close(ends[0]);
    least += seen;
    const Store store = rig.open();
    const std::string count = read_one(store, "count");
    INFO("round " << round);
    CHECK((count.empty() ? 0 : std::stoi(count)) >= least);
    write_one(store, "after", "written");
    CHECK(read_one(rig.open(), "after") == "written");
    CHECK(rig.notes.all() == std::vector<std::string>());
  }
  CHECK(least > 0);
  CHECK(RawSqlite(rig.file()).run("PRAGMA integrity_check") == "ok");
}

TEST_CASE("clocks that jump ten years lose nothing of what is needed") {
  const SqliteRig rig;
  const Store store = rig.open();
  write_one(store, "a", "1");
  const auto ten_years = std::chrono::hours(24 * 3'650);
  rig.clock->advance(ten_years);
  CHECK(store.documents->update("a", plus_one) == "2");
  store.log->record(logged("later", rig.clock->now().wall));
  store.cache->store(cached("k", "reply", rig.clock->now().wall));
  rig.clock->advance(-ten_years);
  CHECK(store.documents->update("a", plus_one) == "3");
  store.log->record(logged("now", rig.clock->now().wall));
  CHECK(store.log->since(rig.clock->now().wall).size() == 2);
  CHECK(rig.notes.all() == std::vector<std::string>());
}

}  // namespace
}  // namespace autofix::store
