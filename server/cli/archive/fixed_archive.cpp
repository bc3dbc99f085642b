#include <algorithm>
#include <map>
#include <sys/stat.h>

#include "server/cli/archive/fixed_zip.h"
#include "server/cli/archive/zip_writer.h"

namespace autofix::cli {
namespace {

using Done = tl::expected<void, std::string>;

/// What becomes of one path of the archive.
struct Change {
  const fix::FileChange* change = nullptr;
  bool is_created = false;
  bool is_removed = false;
  const ZipEntry* entry = nullptr;       ///< what is there
  const ZipEntry* moved_from = nullptr;  ///< whose permissions a moved file keeps
};

class FixedArchive {
 public:
  FixedArchive(int file, const ZipArchive& archive, std::uint32_t time)
      : writer_(file), archive_(archive), time_(time) {
    for (const ZipEntry& entry : archive.entries()) by_path_.emplace(entry.path, &entry);
  }

  Done plan(std::string_view top, const fix::Patch& patch) {
    const std::string before = top.empty() ? std::string() : std::string(top) + "/";
    for (const fix::FileChange& change : patch.files) {
      Change planned{&change};
      planned.is_created = change.kind == fix::ChangeKind::create;
      planned.is_removed = change.kind == fix::ChangeKind::remove || change.kind == fix::ChangeKind::rename;
      planned.entry = entry_at(before + change.path);
      if (auto checked = check(change, planned.entry); !checked) return checked;
      if (change.kind == fix::ChangeKind::rename) {
        Change arrived{&change};
        arrived.is_created = true;
        arrived.entry = entry_at(before + change.new_path);
        arrived.moved_from = planned.entry;
        if (arrived.entry != nullptr) return tl::unexpected(shown(change.new_path) + " exists in it already");
        changes_[before + change.new_path] = arrived;
      }
      changes_[before + change.path] = planned;
    }
    return {};
  }

  Done write(const std::stop_token& stop) {
    if (auto copied = writer_.copy(archive_, 0, archive_.first()); !copied) return copied;
    std::vector<const ZipEntry*> in_file;
    for (const ZipEntry& entry : archive_.entries()) in_file.push_back(&entry);
    std::ranges::sort(in_file, {}, &ZipEntry::begin);
    std::map<const ZipEntry*, std::string> records;
    for (const ZipEntry* entry : in_file) {
      if (stop.stop_requested()) return tl::unexpected(std::string("cancelled"));
      const auto change = changes_.find(entry->path);
      if (change != changes_.end() && change->second.is_removed) continue;
      auto record =
          change == changes_.end()
              ? writer_.copy(archive_, *entry)
              : writer_.write_changed(archive_, *entry, time_, content_of(change->second.change->after));
      if (!record) return tl::unexpected(std::move(record.error()));
      records[entry] = std::move(*record);
    }
    std::vector<std::string> in_order;
    for (const ZipEntry& entry : archive_.entries()) {
      if (const auto record = records.find(&entry); record != records.end())
        in_order.push_back(record->second);
    }
    if (auto created = write_created(in_order); !created) return created;
    return writer_.finish(in_order, archive_.comment());
  }

 private:
  const ZipEntry* entry_at(const std::string& path) const {
    const auto found = by_path_.find(path);
    return found == by_path_.end() ? nullptr : found->second;
  }

  /// A command that ran in the unpacked project may have changed what the patch was made for.
  Done check(const fix::FileChange& change, const ZipEntry* entry) const {
    if (entry == nullptr && change.kind == fix::ChangeKind::create) return {};
    if (entry == nullptr || entry->is_folder) return tl::unexpected(shown(change.path) + " is no file in it");
    auto bytes = archive_.read(*entry);
    if (!bytes) return tl::unexpected(std::move(bytes.error()));
    if (*bytes != change.before)
      return tl::unexpected(shown(change.path) + " differs from what the fix is for");
    return {};
  }

  Done write_created(std::vector<std::string>& records) {
    for (const auto& [path, change] : changes_) {
      if (!change.is_created || change.entry != nullptr) continue;
      const bool has_mode = change.moved_from != nullptr && change.moved_from->mode != 0;
      const mode_t mode = has_mode ? change.moved_from->mode : 0644;
      auto record = writer_.write_new(path, S_IFREG | mode, time_, content_of(change.change->after));
      if (!record) return tl::unexpected(std::move(record.error()));
      records.push_back(std::move(*record));
    }
    return {};
  }

  ZipWriter writer_;
  const ZipArchive& archive_;
  std::uint32_t time_;
  std::map<std::string_view, const ZipEntry*> by_path_;
  std::map<std::string, Change, std::less<>> changes_;  ///< by the path in the archive
};

}  // namespace

Done write_fixed_archive(int file, const ZipArchive& archive, std::string_view top, const fix::Patch& patch,
                         std::time_t now, const std::stop_token& stop) {
  FixedArchive fixed(file, archive, dos_time(now));
  if (auto planned = fixed.plan(top, patch); !planned) return planned;
  return fixed.write(stop);
}

}  // namespace autofix::cli
