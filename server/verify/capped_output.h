// Keeps the beginning and the end of a stream of any length in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace autofix::verify {

class CappedOutput {
 public:
  explicit CappedOutput(std::size_t max_bytes);

  void add(std::string_view bytes);

  /// At most `max_bytes`. Where bytes were dropped, one line says how many; no character is cut in two.
  std::string take();

 private:
  std::size_t max_bytes_;
  std::size_t head_bytes_;
  std::size_t tail_bytes_;
  std::uint64_t total_ = 0;
  std::string head_;
  std::string tail_;  // up to twice tail_bytes_, so that dropping its front is rare
};

}  // namespace autofix::verify
