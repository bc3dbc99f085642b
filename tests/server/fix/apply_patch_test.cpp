// What reaches the disk: all or nothing, beneath the root, through no link.
#include "server/fix/apply_patch.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <thread>

#include "server/fix/project_files.h"
#include "tests/support/catch.h"

namespace autofix::fix {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "autofix-apply-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    base_ = pattern;
    fs::create_directories(root());
    fs::create_directories(outside());
  }
  ~Folder() { fs::remove_all(base_); }
  fs::path root() const { return base_ / "root"; }
  fs::path outside() const { return base_ / "outside"; }
  void write(const std::string& path, const std::string& bytes) const {
    fs::create_directories((root() / path).parent_path());
    std::ofstream(root() / path, std::ios::binary) << bytes;
  }
  static std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// Names below the root, so that temporary files show.
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root())) {
      all.push_back(entry.path().lexically_relative(root()).string());
    }
    std::ranges::sort(all);
    return all;
  }

 private:
  fs::path base_;
};

FileChange change(const std::string& path, const std::string& before, const std::string& after,
                  ChangeKind kind = ChangeKind::modify) {
  FileChange result;
  result.path = path;
  result.kind = kind;
  result.before = before;
  result.after = after;
  return result;
}

TEST_CASE("a patch of every kind is written, and its reverse restores every byte") {
  const Folder folder;
  folder.write("a.py", "one\r\n");
  folder.write("old.py", "gone\n");
  folder.write("from.py", "moved\n");
  FileChange rename = change("from.py", "moved\n", "moved!\n", ChangeKind::rename);
  rename.new_path = "sub/to.py";
  const Patch patch{{change("a.py", "one\r\n", "two\r\n"), rename,
                     change("new/n.py", "", "n\n", ChangeKind::create),
                     change("old.py", "gone\n", "", ChangeKind::remove)}};
  REQUIRE(apply_patch(folder.root(), patch));
  CHECK(Folder::read(folder.root() / "a.py") == "two\r\n");
  CHECK(Folder::read(folder.root() / "sub/to.py") == "moved!\n");
  CHECK(folder.names() == std::vector<std::string>{"a.py", "new", "new/n.py", "sub", "sub/to.py"});
  REQUIRE(apply_patch(folder.root(), reversed(patch)));
  CHECK(Folder::read(folder.root() / "a.py") == "one\r\n");
  CHECK(Folder::read(folder.root() / "old.py") == "gone\n");
  CHECK(Folder::read(folder.root() / "from.py") == "moved\n");
}

TEST_CASE("mode bits stay") {
  const Folder folder;
  folder.write("run.sh", "#!/bin/sh\n");
  REQUIRE(chmod((folder.root() / "run.sh").c_str(), 0751) == 0);
  REQUIRE(apply_patch(folder.root(), Patch{{change("run.sh", "#!/bin/sh\n", "#!/bin/sh\ntrue\n")}}));
  struct stat status {};
  REQUIRE(stat((folder.root() / "run.sh").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0751);
  FileChange rename = change("run.sh", "#!/bin/sh\ntrue\n", "#!/bin/sh\ntrue\n", ChangeKind::rename);
  rename.new_path = "go.sh";
  REQUIRE(apply_patch(folder.root(), Patch{{rename}}));
  REQUIRE(stat((folder.root() / "go.sh").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0751);
}

TEST_CASE("a file that is not what the patch was made from stops all of it") {
  const Folder folder;
  folder.write("a.py", "a\n");
  folder.write("b.py", "changed since\n");
  for (const Patch& patch :
       {Patch{{change("a.py", "a\n", "A\n"), change("b.py", "b\n", "B\n")}},
        Patch{{change("a.py", "a\n", "A\n"), change("missing.py", "m\n", "M\n")}},
        Patch{{change("a.py", "a\n", "A\n"), change("b.py", "", "new\n", ChangeKind::create)}}}) {
    const auto applied = apply_patch(folder.root(), patch);
    REQUIRE(!applied);
    CHECK(applied.error().code == "stale_document");
    CHECK(Folder::read(folder.root() / "a.py") == "a\n");
    CHECK(folder.names() == std::vector<std::string>{"a.py", "b.py"});
  }
}

TEST_CASE("a failure half-way puts back what was written") {
  const Folder folder;
  folder.write("a.py", "a\n");
  folder.write("blocked", "a file where a folder is needed\n");
  const auto applied = apply_patch(
      folder.root(),
      Patch{{change("a.py", "a\n", "A\n"), change("blocked/new.py", "", "n\n", ChangeKind::create)}});
  REQUIRE(!applied);
  CHECK(Folder::read(folder.root() / "a.py") == "a\n");
  CHECK(folder.names() == std::vector<std::string>{"a.py", "blocked"});
}

TEST_CASE("no write goes through a symbolic link or leaves the root") {
  const Folder folder;
  std::ofstream(folder.outside() / "victim.py") << "v\n";
  fs::create_directory_symlink(folder.outside(), folder.root() / "link");
  fs::create_symlink(folder.outside() / "victim.py", folder.root() / "file.py");
  fs::create_symlink(folder.outside() / "not-there.py", folder.root() / "dangling.py");
  for (const FileChange& one :
       {change("link/victim.py", "v\n", "evil\n"), change("link/new.py", "", "evil\n", ChangeKind::create),
        change("file.py", "v\n", "evil\n"), change("dangling.py", "", "evil\n", ChangeKind::create),
        change("../outside/victim.py", "v\n", "evil\n"),
        change("link/victim.py", "v\n", "", ChangeKind::remove),
        change((folder.outside() / "victim.py").string(), "v\n", "evil\n"),
        change("", "", "x", ChangeKind::create)}) {
    INFO(one.path);
    CHECK(!apply_patch(folder.root(), Patch{{one}}));
  }
  CHECK(Folder::read(folder.outside() / "victim.py") == "v\n");
  CHECK(!fs::exists(folder.outside() / "new.py"));
  CHECK(!fs::exists(folder.outside() / "not-there.py"));
  const auto files = make_disk_files(folder.root(), {});
  CHECK(!files->read("link/victim.py"));
  CHECK(!files->read("file.py"));
  CHECK(!files->read("../outside/victim.py"));
}

TEST_CASE("a folder that becomes a link and back while we write lets nothing out") {
  const Folder folder;
  std::ofstream(folder.outside() / "x.py") << "v\n";
  folder.write("d/x.py", "v\n");
  const fs::path aside = folder.root() / "aside";
  const fs::path place = folder.root() / "d";
  std::atomic<bool> stop = false;
  std::thread swapper([&] {
    while (!stop) {
      std::error_code ignored;
      fs::rename(place, aside, ignored);
      fs::create_directory_symlink(folder.outside(), place, ignored);
      fs::remove(place, ignored);
      fs::rename(aside, place, ignored);
    }
  });
  for (int i = 0; i < 3000; ++i) {
    (void)apply_patch(folder.root(), Patch{{change("d/x.py", "v\n", "evil\n")}});
    (void)apply_patch(folder.root(), Patch{{change("d/x.py", "evil\n", "v\n")}});
  }
  stop = true;
  swapper.join();
  CHECK(Folder::read(folder.outside() / "x.py") == "v\n");
  std::size_t outside = 0;
  for ([[maybe_unused]] const fs::directory_entry& entry : fs::directory_iterator(folder.outside()))
    ++outside;
  CHECK(outside == 1);
}

TEST_CASE("files that hold secrets are never read, whatever they are called") {
  const Folder folder;
  const std::vector<std::string> secrets = {".env",
                                            ".env.local",
                                            "config/.env.production",
                                            "id_rsa",
                                            "deploy/id_ed25519",
                                            "server.pem",
                                            "tls/server.key",
                                            "store.p12",
                                            "store.pfx",
                                            "app.keystore",
                                            "app.jks",
                                            ".npmrc",
                                            ".pypirc",
                                            ".netrc",
                                            ".aws/credentials",
                                            "credentials.json",
                                            "service-account.json",
                                            ".git-credentials",
                                            "secrets.yaml",
                                            "token.txt",
                                            ".htpasswd",
                                            "kubeconfig"};
  REQUIRE(secrets.size() >= 20);
  folder.write("ok.py", "x\n");
  for (const std::string& path : secrets) folder.write(path, "CANARY\n");
  const auto files = make_disk_files(folder.root(), {});
  for (const std::string& path : secrets) {
    INFO(path);
    CHECK(is_secret_path(path));
    CHECK(!files->read(path));
  }
  CHECK(files->list() == std::vector<std::string>{"ok.py"});
}

TEST_CASE("the editor's text wins over the disk, and special files are no files") {
  const Folder folder;
  folder.write("a.py", "disk\n");
  REQUIRE(mkfifo((folder.root() / "pipe.py").c_str(), 0600) == 0);
  const auto files = make_disk_files(folder.root(), {{"a.py", "editor\n"}, {"unsaved.py", "new\n"}});
  CHECK(files->read("a.py") == "editor\n");
  CHECK(files->read("unsaved.py") == "new\n");
  CHECK(files->exists("unsaved.py"));
  CHECK(!files->read("pipe.py"));
  CHECK(!files->read("missing.py"));
  CHECK(files->relative((folder.root() / "a.py").string()) == "a.py");
  CHECK(files->relative("./a.py") == "a.py");
  CHECK(files->relative("/etc/passwd").empty());
  CHECK(files->relative("../x").empty());
}

}  // namespace
}  // namespace autofix::fix
