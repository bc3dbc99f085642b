#include "providers/record_memo.h"

namespace autofix::providers {

LinkRecord RecordMemo::record_of(const std::string& link, std::string_view document) {
  if (document.empty()) return {};
  {
    const std::lock_guard lock(mutex_);
    const auto known = entries_.find(link);
    if (known != entries_.end() && known->second.document == document) return known->second.record;
  }
  LinkRecord record = parse_link_record(document);
  keep(link, std::string(document), record);
  return record;
}

void RecordMemo::keep(const std::string& link, std::string document, LinkRecord record) {
  const std::lock_guard lock(mutex_);
  entries_.insert_or_assign(link, Entry{std::move(document), std::move(record)});
}

}  // namespace autofix::providers
