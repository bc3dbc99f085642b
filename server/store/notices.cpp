#include "server/store/notices.h"

namespace autofix::store {

void Notices::tell(const Trouble& trouble, const std::string& consequence) {
  {
    const std::lock_guard lock(mutex_);
    if (!told_.insert(trouble.kind).second) return;
  }
  if (!notice_) return;
  std::string sentence = trouble.message + ". " + consequence;
  if (!trouble.advice.empty()) sentence += " " + trouble.advice;
  notice_(std::move(sentence));
}

}  // namespace autofix::store
