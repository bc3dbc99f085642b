// The records as they were last read or written by this process, so that a document that has not changed
// since is not parsed again.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "providers/link_record.h"

namespace autofix::providers {

/// Thread-safe.
class RecordMemo {
 public:
  /// The record of `document`, which is of the link of that name.
  LinkRecord record_of(const std::string& link, std::string_view document);
  /// `record` was just written as `document`.
  void keep(const std::string& link, std::string document, LinkRecord record);

 private:
  struct Entry {
    std::string document;
    LinkRecord record;
  };
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace autofix::providers
