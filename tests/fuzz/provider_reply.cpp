// Any bytes as a provider's reply: plain and streamed, in every dialect, and the event reader in pieces.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "providers/classify.h"
#include "providers/sse.h"

namespace {

using namespace autofix::providers;

/// The events, each with its length in front, so that no two lists look alike.
std::string events_of(std::string_view bytes, std::size_t piece) {
  SseReader reader;
  std::string all;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    for (const SseEvent& event : reader.feed(bytes.substr(at, piece))) {
      all += std::to_string(event.type.size()) + event.type + std::to_string(event.data.size()) + event.data;
    }
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(bytes), size);
  if (events_of(body, 1) != events_of(body, size + 1)) std::abort();
  for (const DialectKind kind : {DialectKind::gemini, DialectKind::openai, DialectKind::anthropic}) {
    for (const char* type : {"application/json", "text/event-stream"}) {
      for (const int status : {200, 429}) {
        static_cast<void>(read_response(kind, {status, {{"content-type", type}}, body}, WallTime{}, "key"));
      }
    }
  }
  return 0;
}
