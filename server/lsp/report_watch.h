// Watches the test reports of workspace folders on a thread of its own: reads all of them once, then those
// that the client names, and those whose stat has changed: often for clients that watch no files, seldom for
// the others, some of which agree to watch and do not (Helix 25), or leave out what git ignores (eglot).
// Deliberately knows nothing of diagnostics and sessions: it hands over what reports say.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/lsp/report_content.h"

namespace autofix::lsp {

/// How often a client that watches no files is stood in for. For one that does it is a third of that.
struct ReportPace {
  std::chrono::milliseconds stat{2'000};  ///< of the reports that are known
  std::chrono::milliseconds search{
      10'000};  ///< for new ones, and a hundred times as long as the last search took
};

struct WatchedFolder {
  std::string root;
  int generation = 0;  ///< comes back with what is found, so that what is out of date can be told
  std::vector<std::string> globs;
  bool poll = false;  ///< nobody else watches
};

struct FoundReports {
  std::string root;
  int generation = 0;
  bool at_start = false;  ///< they were there when the watching began: nobody knows since when
  std::vector<ReportContent> reports;
};

/// Its methods are for the reader thread and never wait for a disk.
class ReportWatch {
 public:
  /// `found` is called on the watching thread.
  using Found = std::function<void(FoundReports)>;
  ReportWatch(ReportPace pace, Found found) : pace_(pace), found_(std::move(found)) {}
  /// Waits for the one report that may be being read.
  ~ReportWatch() = default;
  ReportWatch(const ReportWatch&) = delete;
  ReportWatch& operator=(const ReportWatch&) = delete;

  /// Takes the place of what was said of that root. The thread starts with the first folder.
  void watch(WatchedFolder folder);
  void unwatch(const std::string& root);
  /// The client says that these were made, changed or deleted.
  void look(const std::string& root, std::vector<std::string> paths);

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  /// What was seen of a report. `again`: it was so fresh that another write might not show in its stamp.
  struct Seen {
    fix::FileStamp stamp;
    bool again = false;
    bool unreadable = false;
  };
  struct KnownFolder {
    WatchedFolder watched;
    std::map<std::string, Seen> known;
    SteadyTime next_stat;
    SteadyTime next_search;
  };

  void command(std::function<void(const std::stop_token&)> task);
  void work(const std::stop_token& stop);
  // On the watching thread:
  void begin(WatchedFolder watched, const std::stop_token& stop);
  void look_at(const std::string& root, const std::vector<std::string>& paths);
  void poll(const std::stop_token& stop);
  ReportPace pace_of(const KnownFolder& folder) const;
  std::vector<std::string> search(KnownFolder& folder, const std::stop_token& stop) const;
  static void read(KnownFolder& folder, const std::string& path, std::vector<ReportContent>& out);
  static void read_changed(KnownFolder& folder, std::vector<ReportContent>& out);
  void tell(const KnownFolder& folder, std::vector<ReportContent> reports, bool at_start) const;

  ReportPace pace_;
  Found found_;
  std::map<std::string, KnownFolder> folders_;  // the watching thread's alone
  SteadyTime next_poll_;                        // the same

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::function<void(const std::stop_token&)>> commands_;
  std::jthread thread_;  // the last member: it ends before anything that it uses is gone
};

}  // namespace autofix::lsp
