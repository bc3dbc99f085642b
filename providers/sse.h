// Server-sent events as WHATWG HTML 9.2.6 has them: bytes in any pieces in, whole events out. No JSON, no
// vendors, no sockets; `id` and `retry` are read over, for nobody reconnects to a reply.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace autofix::providers {

struct SseEvent {
  std::string type;  ///< empty when the stream named none
  std::string data;  ///< lines joined by a line feed
};

class SseReader {
 public:
  /// The events that these bytes made whole, in order. What is not yet whole is kept for the next call, and
  /// is no event when none comes: a stream that was cut ends within one.
  std::vector<SseEvent> feed(std::string_view bytes);

  /// True once a line or an event grew beyond `kMaxEventBytes`; nothing is read from then on.
  bool overflowed() const { return overflowed_; }

  static constexpr std::size_t kMaxEventBytes = std::size_t{4} << 20;

 private:
  void end_line(std::vector<SseEvent>& events);

  std::string line_;
  SseEvent event_;
  bool has_data_ = false;
  bool first_line_ = true;
  bool after_cr_ = false;
  bool overflowed_ = false;
};

}  // namespace autofix::providers
