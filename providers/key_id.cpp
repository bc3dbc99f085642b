#include "providers/key_id.h"

#include "providers/digest.h"

namespace autofix::providers {

std::string key_id(std::string_view key) {
  return sha256_hex(key).substr(0, 12);
}

}  // namespace autofix::providers
