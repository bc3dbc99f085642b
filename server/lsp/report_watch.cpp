#include "server/lsp/report_watch.h"

#include <algorithm>
#include <utility>

namespace autofix::lsp {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMostReports = 200;
constexpr int kSearchShare = 100;
constexpr int kSeldom = 3;
/// Coarser than any file system's clock that is worth a thought: two writes within it may have one time.
constexpr std::chrono::milliseconds kFresh{20};

bool is_fresh(const fix::FileStamp& stamp) {
  const auto now = std::chrono::system_clock::now();
  return stamp.modified <= now && now - stamp.modified < kFresh;
}

}  // namespace

void ReportWatch::watch(WatchedFolder folder) {
  command([this, folder = std::move(folder)](const std::stop_token& stop) { begin(folder, stop); });
}

void ReportWatch::unwatch(const std::string& root) {
  command([this, root](const std::stop_token&) { folders_.erase(root); });
}

void ReportWatch::look(const std::string& root, std::vector<std::string> paths) {
  command([this, root, paths = std::move(paths)](const std::stop_token&) { look_at(root, paths); });
}

void ReportWatch::command(std::function<void(const std::stop_token&)> task) {
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(std::move(task));
    if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
  }
  changed_.notify_one();
}

void ReportWatch::work(const std::stop_token& stop) {
  const auto has_command = [this] { return !commands_.empty(); };
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const bool polls = !folders_.empty();
    if (polls) {
      changed_.wait_until(lock, stop, next_poll_, has_command);
    } else {
      changed_.wait(lock, stop, has_command);
    }
    const auto commands = std::exchange(commands_, {});
    lock.unlock();
    for (const auto& task : commands) {
      if (!stop.stop_requested()) task(stop);
    }
    if (polls && steady_clock::now() >= next_poll_) poll(stop);
    lock.lock();
  }
}

void ReportWatch::begin(WatchedFolder watched, const std::stop_token& stop) {
  KnownFolder& folder = folders_[watched.root];
  folder = {};
  folder.watched = std::move(watched);
  std::vector<ReportContent> reports;
  for (const std::string& path : search(folder, stop)) {
    if (stop.stop_requested()) return;
    read(folder, path, reports);
  }
  tell(folder, std::move(reports), true);
  folder.next_stat = steady_clock::now() + pace_of(folder).stat;
  next_poll_ = std::min(folders_.size() == 1 ? SteadyTime::max() : next_poll_, folder.next_stat);
}

void ReportWatch::look_at(const std::string& root, const std::vector<std::string>& paths) {
  const auto found = folders_.find(root);
  if (found == folders_.end()) return;
  KnownFolder& folder = found->second;
  std::vector<ReportContent> reports;
  for (const std::string& path : paths) read(folder, path, reports);
  // Of a folder that is deleted whole, clients tell the folder alone, which no glob matches.
  read_changed(folder, reports);
  tell(folder, std::move(reports), false);
}

void ReportWatch::poll(const std::stop_token& stop) {
  next_poll_ = SteadyTime::max();
  for (auto& [root, folder] : folders_) {
    if (stop.stop_requested()) return;
    if (steady_clock::now() < folder.next_stat) {
      next_poll_ = std::min(next_poll_, folder.next_stat);
      continue;
    }
    std::vector<ReportContent> reports;
    read_changed(folder, reports);
    if (steady_clock::now() >= folder.next_search) {
      for (const std::string& path : search(folder, stop)) {
        if (!folder.known.contains(path)) read(folder, path, reports);
      }
    }
    tell(folder, std::move(reports), false);
    folder.next_stat = steady_clock::now() + pace_of(folder).stat;
    next_poll_ = std::min(next_poll_, folder.next_stat);
  }
}

ReportPace ReportWatch::pace_of(const KnownFolder& folder) const {
  return folder.watched.poll ? pace_ : ReportPace{pace_.stat * kSeldom, pace_.search * kSeldom};
}

std::vector<std::string> ReportWatch::search(KnownFolder& folder, const std::stop_token& stop) const {
  const SteadyTime begin = steady_clock::now();
  std::vector<std::string> found = fix::find_reports(folder.watched.root, folder.watched.globs, stop);
  const SteadyTime end = steady_clock::now();
  folder.next_search =
      end + std::max<steady_clock::duration>(pace_of(folder).search, (end - begin) * kSearchShare);
  return found;
}

void ReportWatch::read(KnownFolder& folder, const std::string& path, std::vector<ReportContent>& out) {
  if (!folder.known.contains(path) && folder.known.size() >= kMostReports) return;
  const fix::FileStamp stamp = fix::stamp_of_report(folder.watched.root, path).value_or(fix::FileStamp{});
  ReportContent content = read_report(folder.watched.root, path);
  if (content.state == ReportContent::State::gone) {
    if (folder.known.erase(path) > 0) out.push_back(std::move(content));
    return;
  }
  // A client tells every change; a stat may miss one.
  const bool again = folder.watched.poll && is_fresh(stamp);
  const Seen seen{stamp, again, content.state == ReportContent::State::unreadable};
  const Seen before = std::exchange(folder.known[path], seen);
  // Clients may tell one change twice. What is wrong is said once.
  if (seen.unreadable && before.unreadable && before.stamp == stamp) return;
  out.push_back(std::move(content));
}

void ReportWatch::read_changed(KnownFolder& folder, std::vector<ReportContent>& out) {
  std::vector<std::string> changed;
  for (const auto& [path, seen] : folder.known) {
    const auto stamp = fix::stamp_of_report(folder.watched.root, path);
    const bool gone = !stamp && stamp.error().kind == fix::FileError::Kind::not_found;
    if (gone || seen.again || stamp.value_or(fix::FileStamp{}) != seen.stamp) changed.push_back(path);
  }
  for (const std::string& path : changed) read(folder, path, out);
}

void ReportWatch::tell(const KnownFolder& folder, std::vector<ReportContent> reports, bool at_start) const {
  if (reports.empty()) return;
  found_({folder.watched.root, folder.watched.generation, at_start, std::move(reports)});
}

}  // namespace autofix::lsp
