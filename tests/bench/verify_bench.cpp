// What a proof costs beside the command itself, in a project of 10,000 files and 1 GB.
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "server/verify/scratch_copy.h"
#include "tests/bench/bench.h"
#include "tests/bench/samples.h"

namespace autofix::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kFolders = 100;
constexpr int kFilesEach = 100;
constexpr std::size_t kBytesEach = 107'375;  // 1 GiB in all

/// Real bytes, that no file system can leave out; made once and kept.
void make_project(const fs::path& root) {
  if (fs::exists(root / "complete")) return;
  fs::remove_all(root);
  std::uint64_t state = 88'172'645'463'325'252ULL;
  std::string bytes(kBytesEach, '\0');
  for (int folder = 0; folder < kFolders; ++folder) {
    const fs::path path = root / ("folder_" + std::to_string(folder));
    fs::create_directories(path);
    for (int file = 0; file < kFilesEach; ++file) {
      for (std::size_t at = 0; at < bytes.size(); at += 61) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes[at] = static_cast<char>(state);
      }
      std::ofstream(path / ("file_" + std::to_string(file) + ".txt"), std::ios::binary) << bytes;
    }
  }
  std::ofstream(root / "complete") << "yes\n";
}

}  // namespace

void bench_verify(const std::string& build_folder) {
  const fs::path root = fs::absolute(build_folder) / "bench_project";
  make_project(root);
  verify::ScratchCopies::Options options;
  options.root = fs::canonical(root);
  options.trusted = true;
  const auto opened = Clock::now();
  const auto copies = verify::ScratchCopies::open(options, {});
  if (!copies) throw std::runtime_error(copies.error());
  tell("verify, finding out what isolation there is, once per request (" + copies->sandbox() + ")",
       milliseconds(Clock::now() - opened), "ms", "< 100 ms");
  if (!copies->isolated()) return;  // a copy of 1 GB is no bench of ours
  const verify::Picture picture{{{"folder_1/file_1.txt", "changed\n"}}, {}};
  const verify::Command command = verify::parse_command("/bin/true");
  verify::CommandLimits limits;
  limits.deadline = Clock::now() + std::chrono::minutes(5);
  std::vector<double> made;
  std::vector<double> around;
  for (int run = 0; run < kRuns; ++run) {
    const auto begin = Clock::now();
    auto copy = copies->make(picture, {});
    if (!copy) throw std::runtime_error(copy.error());
    const auto ready = Clock::now();
    const auto result = (*copy)->run(command, "", limits, {});
    if (!result || result->exit_status != 0) throw std::runtime_error("/bin/true failed in the copy");
    copy->reset();
    made.push_back(milliseconds(ready - begin));
    around.push_back(milliseconds(Clock::now() - begin));
  }
  tell("verify, scratch copy of 10,000 files and 1 GB", median(made), "ms", "< 50 ms");
  tell("verify, the same with /bin/true run in it and all of it gone again", median(around), "ms",
       "< 100 ms");
  tell("verify, the slowest of " + std::to_string(kRuns) + " such runs", percentile(around, 1.0), "ms",
       "< 100 ms");
}

}  // namespace autofix::bench
