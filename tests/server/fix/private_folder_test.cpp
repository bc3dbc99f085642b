// A folder that is gone after its use, however its owner ends, and that takes nothing else along.
#include "server/fix/private_folder.h"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.h"

namespace autofix::fix {
namespace {

namespace fs = std::filesystem;

/// A TMPDIR of the test's own, so that sweeps meet nobody else's folders.
class OwnTmp {
 public:
  OwnTmp() {
    const char* before = std::getenv("TMPDIR");
    if (before != nullptr) before_ = before;
    std::string pattern = (fs::canonical(fs::temp_directory_path()) / "autofix-tmp-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
    setenv("TMPDIR", pattern.c_str(), 1);
  }
  ~OwnTmp() {
    if (before_.empty())
      unsetenv("TMPDIR");
    else
      setenv("TMPDIR", before_.c_str(), 1);
    fs::remove_all(path_);
  }
  OwnTmp(const OwnTmp&) = delete;
  OwnTmp& operator=(const OwnTmp&) = delete;

  const fs::path& path() const { return path_; }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
  }

 private:
  fs::path path_;
  std::string before_;
};

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

/// A process that owns a private folder and waits to be killed.
class Owner {
 public:
  Owner() {
    int told[2];
    REQUIRE(pipe(told) == 0);
    pid_ = fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      const auto folder = PrivateFolder::create("test");
      if (folder) write(folder->path() / "file", "text");
      const char done = folder ? 'y' : 'n';
      if (::write(told[1], &done, 1) != 1) _exit(1);
      while (true) pause();
    }
    char done = 0;
    CHECK(read(told[0], &done, 1) == 1);
    CHECK(done == 'y');
    close(told[0]);
    close(told[1]);
  }
  ~Owner() { end(); }
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;

  void end() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
};

/// Permissions stop everybody but root, so the test is somebody else for a while.
class AsNobody {
 public:
  AsNobody() {
    if (geteuid() != 0) return;
    REQUIRE(seteuid(65534) == 0);
    changed_ = true;
  }
  ~AsNobody() {
    if (changed_ && seteuid(0) != 0) std::abort();
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  bool changed_ = false;
};

TEST_CASE("a private folder is empty, its owner's alone, and gone with the object") {
  const OwnTmp tmp;
  {
    const auto folder = PrivateFolder::create("test");
    REQUIRE(folder);
    CHECK(fs::is_empty(folder->path()));
    CHECK(folder->path() == fs::canonical(folder->path()));
    CHECK(folder->path().parent_path().parent_path() == tmp.path());
    struct stat status {};
    REQUIRE(stat(folder->path().parent_path().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0700);
    fs::create_directories(folder->path() / "a/b");
    write(folder->path() / "a/b/c", "text");
  }
  CHECK(tmp.entries() == 0);
}

TEST_CASE("a private folder that was moved is removed once, at the end") {
  const OwnTmp tmp;
  {
    auto first = PrivateFolder::create("test");
    REQUIRE(first);
    const fs::path path = first->path();
    const PrivateFolder second = std::move(*first);
    first = tl::unexpected(std::string("gone"));
    CHECK(second.path() == path);
    CHECK(fs::exists(path));
  }
  CHECK(tmp.entries() == 0);
}

TEST_CASE("a private folder that another takes the place of is removed") {
  const OwnTmp tmp;
  auto first = PrivateFolder::create("test");
  auto second = PrivateFolder::create("test");
  REQUIRE(first);
  REQUIRE(second);
  const fs::path path = second->path();
  {
    PrivateFolder other = std::move(*second);
    *first = std::move(other);
  }
  CHECK(first->path() == path);
  CHECK(fs::exists(path));
  CHECK(tmp.entries() == 1);
}

TEST_CASE("no temporary folder: one error that names it") {
  const OwnTmp tmp;
  fs::permissions(tmp.path(), fs::perms::owner_read | fs::perms::owner_exec);
  {
    const AsNobody nobody;
    const auto folder = PrivateFolder::create("test");
    REQUIRE(!folder);
    CHECK(folder.error().find("no temporary folder can be made in ") == 0);
  }
  fs::permissions(tmp.path(), fs::perms::owner_all);
}

TEST_CASE("links in a private folder are removed and what they name stays") {
  const OwnTmp tmp;
  fs::create_directory(tmp.path() / "precious");
  write(tmp.path() / "precious/file", "text");
  {
    const auto folder = PrivateFolder::create("test");
    REQUIRE(folder);
    fs::create_directory_symlink(tmp.path() / "precious", folder->path() / "link");
    fs::create_symlink(tmp.path() / "precious/file", folder->path() / "file");
    fs::create_symlink("nowhere", folder->path() / "dangling");
  }
  CHECK(fs::exists(tmp.path() / "precious/file"));
  CHECK(tmp.entries() == 1);
}

TEST_CASE("folders without permissions and files nobody may write are removed too") {
  const OwnTmp tmp;
  fs::permissions(tmp.path(), fs::perms::all);
  {
    const AsNobody nobody;
    const auto folder = PrivateFolder::create("test");
    REQUIRE(folder);
    for (const char* name : {"closed", "listed", "entered"}) {
      const fs::path inner = folder->path() / name / "inner";
      fs::create_directories(inner);
      write(inner / "file", "text");
      fs::permissions(inner / "file", fs::perms::none);
      fs::permissions(inner, fs::perms::owner_read | fs::perms::owner_exec);
    }
    fs::permissions(folder->path() / "closed", fs::perms::none);
    fs::permissions(folder->path() / "listed", fs::perms::owner_read);
    fs::permissions(folder->path() / "entered", fs::perms::owner_exec);
    fs::permissions(folder->path(), fs::perms::none);
  }
  CHECK(tmp.entries() == 0);
}

TEST_CASE("a tree deeper than a path can say is removed") {
  const OwnTmp tmp;
  {
    const auto folder = PrivateFolder::create("test");
    REQUIRE(folder);
    Descriptor at = open_root(folder->path());
    for (int level = 0; level < 3000; ++level) {
      REQUIRE(mkdirat(at.get(), "deep", 0700) == 0);
      at = Descriptor(openat(at.get(), "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      REQUIRE(at);
    }
    REQUIRE(mkdirat(at.get(), "moved-up-0", 0700) == 0);
    fs::create_directory(folder->path() / "moved-up-1");
  }
  CHECK(tmp.entries() == 0);
}

TEST_CASE("a sweep removes what a killed owner left, and nothing of a living one") {
  const OwnTmp tmp;
  Owner killed;
  const Owner alive;
  const auto own = PrivateFolder::create("test");
  REQUIRE(own);
  CHECK(PrivateFolder::sweep() == 0);
  CHECK(tmp.entries() == 3);
  killed.end();
  CHECK(PrivateFolder::sweep() == 1);
  CHECK(tmp.entries() == 2);
  CHECK(fs::exists(own->path()));
}

TEST_CASE("a sweep takes neither links, nor files, nor folders of other names") {
  const OwnTmp tmp;
  fs::create_directory(tmp.path() / "precious");
  write(tmp.path() / "precious/file", "text");
  fs::create_directory_symlink("precious", tmp.path() / "autofix-private-test-AAAAAA");
  write(tmp.path() / "autofix-private-test-BBBBBB", "text");
  fs::create_directory(tmp.path() / "autofix-test-CCCCCC");
  CHECK(PrivateFolder::sweep() == 0);
  CHECK(tmp.entries() == 4);
  CHECK(fs::exists(tmp.path() / "precious/file"));
}

TEST_CASE("whoever gets the folder may lock it") {
  const OwnTmp tmp;
  const auto folder = PrivateFolder::create("test");
  REQUIRE(folder);
  const Descriptor opened = open_root(folder->path());
  CHECK(flock(opened.get(), LOCK_EX | LOCK_NB) == 0);
}

}  // namespace
}  // namespace autofix::fix
