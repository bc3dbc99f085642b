#include <cstdlib>
#include <filesystem>
#include <functional>
#include <stdexcept>

#include "server/store/store.h"
#include "tests/bench/bench.h"
#include "tests/bench/samples.h"

namespace autofix::bench {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "autofix-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path path;
};

/// Microseconds of each of many calls.
std::vector<double> time_each(int count, const std::function<void(int)>& call) {
  std::vector<double> samples;
  for (int index = 0; index < count; ++index) {
    const auto begin = Clock::now();
    call(index);
    samples.push_back(milliseconds(Clock::now() - begin) * 1'000);
  }
  return samples;
}

void tell_each(const std::string& what, const std::vector<double>& samples, const std::string& aim) {
  tell(what + ", p50", percentile(samples, 0.5), "us", aim);
  tell(what + ", p99", percentile(samples, 0.99), "us", "-");
}

}  // namespace

void bench_store() {
  const Folder folder;
  store::StoreOptions options;
  options.state_folder = folder.path / "state";
  const auto first = [&](const fs::path& state) {
    store::StoreOptions own = options;
    own.state_folder = state;
    const std::vector<std::string> keys = {"gemini"};
    const auto begin = Clock::now();
    const store::Store store = store::open_store(own);
    store.documents->read(keys);
    return milliseconds(Clock::now() - begin);
  };
  std::vector<double> made;
  std::vector<double> opened;
  for (int run = 0; run < kRuns; ++run) {
    const fs::path state = folder.path / std::to_string(run);
    made.push_back(first(state));
    opened.push_back(first(state));
  }
  tell("store (SQLite): first use, the file is made", median(made), "ms", "< 20");
  tell("store (SQLite): first use, the file is there", median(opened), "ms", "< 2");

  const store::Store store = store::open_store(options);
  const std::vector<std::string> keys = {"gemini", "groq", "anthropic", "openai", "local", "offline"};
  const std::string document(400, 'x');
  for (const std::string& key : keys)
    store.documents->update(key, [&](std::string_view) { return document; });
  tell_each("store (SQLite): read of 6 documents",
            time_each(5'000, [&](int) { store.documents->read(keys); }), "< 50");
  tell_each("store (SQLite): update of a document",
            time_each(5'000,
                      [&](int index) {
                        store.documents->update(
                            keys[0], [&](std::string_view) { return document + std::to_string(index); });
                      }),
            "< 50");
  fix::LoggedFix fix;
  fix.attempts.resize(2);
  const auto record = [&](int) {
    fix.at = std::chrono::system_clock::now();
    store.log->record(fix);
  };
  time_each(10'000, record);
  tell_each("store (SQLite): a fix logged, 10,000 kept", time_each(500, record), "< 2000");
  const auto begin = Clock::now();
  const auto all = store.log->since({});
  tell("store (SQLite): " + std::to_string(all.size()) + " fixes read", milliseconds(Clock::now() - begin),
       "ms", "< 500");
  fix::CachedFix cached{"", "groq", "m", std::string(3'000, 'x'), {}};
  const auto keep = [&](int index) {
    cached.key = std::to_string(index);
    cached.stored = std::chrono::system_clock::now();
    store.cache->store(cached);
  };
  time_each(5'000, keep);
  tell_each("store (SQLite): a reply kept, 5,000 kept", time_each(500, keep), "< 2000");
}

}  // namespace autofix::bench
