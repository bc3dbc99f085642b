// The open documents as the editor has them, kept in step by incremental sync. Owned and used by one thread
// (the reader); others get copies.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/text/document.h"
#include "server/text/line_index.h"
#include "server/text/position.h"

namespace autofix::text {

/// One element of didChange's contentChanges. Without a range the text is the whole new document.
struct ContentChange {
  std::optional<Range> range;
  std::string text;
};

class DocumentStore {
 public:
  explicit DocumentStore(PositionEncoding encoding = PositionEncoding::utf16) : encoding_(encoding) {}

  void set_encoding(PositionEncoding encoding) { encoding_ = encoding; }
  PositionEncoding encoding() const { return encoding_; }

  /// Opening an open document replaces it: a client that lost count is believed.
  void open(Document document);
  /// Applies the changes one after the other; false when the document is not open.
  bool change(std::string_view uri, std::int64_t version, std::span<const ContentChange> changes);
  bool close(std::string_view uri);

  /// Null when not open; valid until the next non-const call.
  const Document* find(std::string_view uri) const;
  const LineIndex* lines(std::string_view uri) const;

  /// Copies of all open documents, sorted by uri.
  std::vector<Document> snapshot() const;

 private:
  struct Entry {
    Document document;
    LineIndex lines;
  };
  PositionEncoding encoding_;
  std::map<std::string, Entry, std::less<>> documents_;
};

}  // namespace autofix::text
