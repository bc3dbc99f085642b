#include "server/text/document_store.h"

#include <utility>

namespace autofix::text {

void DocumentStore::open(Document document) {
  LineIndex lines(document.text);
  std::string uri = document.uri;
  documents_.insert_or_assign(std::move(uri), Entry{std::move(document), std::move(lines)});
}

bool DocumentStore::change(std::string_view uri, std::int64_t version,
                           std::span<const ContentChange> changes) {
  const auto found = documents_.find(uri);
  if (found == documents_.end()) return false;
  auto& [document, lines] = found->second;
  for (const ContentChange& change : changes) {
    if (!change.range) {
      document.text = change.text;
      lines = LineIndex(document.text);
      continue;
    }
    const ByteSpan span = lines.span_of(document.text, *change.range, encoding_);
    document.text.replace(span.begin, span.end - span.begin, change.text);
    lines.replace(document.text, span, change.text);
  }
  document.version = version;
  return true;
}

bool DocumentStore::close(std::string_view uri) {
  const auto found = documents_.find(uri);
  if (found == documents_.end()) return false;
  documents_.erase(found);
  return true;
}

const Document* DocumentStore::find(std::string_view uri) const {
  const auto found = documents_.find(uri);
  return found == documents_.end() ? nullptr : &found->second.document;
}

const LineIndex* DocumentStore::lines(std::string_view uri) const {
  const auto found = documents_.find(uri);
  return found == documents_.end() ? nullptr : &found->second.lines;
}

std::vector<Document> DocumentStore::snapshot() const {
  std::vector<Document> result;
  result.reserve(documents_.size());
  for (const auto& [uri, entry] : documents_) result.push_back(entry.document);
  return result;
}

}  // namespace autofix::text
