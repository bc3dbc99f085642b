// How a run uses earlier fixes, and keeps its own.
#include <algorithm>

#include "server/fix/cache_entry.h"
#include "server/fix/fix_run.h"

namespace autofix::fix {

using providers::Step;

void FixRun::try_cache() {
  std::vector<std::string> families;
  for (const std::string& model : parts_.chain.first_models(request_.only_links)) {
    std::string family = model_family(model);
    if (std::ranges::find(families, family) == families.end()) families.push_back(std::move(family));
  }
  cache_keys_ = cache_keys(request_, families);
  if (cache_keys_.empty()) return;
  const auto oldest = parts_.clock.now().wall - parts_.options.cache_ttl;
  const auto hit = parts_.memory.cache->find(cache_keys_, oldest);
  if (!hit) return;
  Step step;
  step.link = "cache";
  step.display_name = "Cache";
  step.model = hit->model;
  if (!request_.earlier_try.empty()) {
    note(step, Outcome::skipped, "another try was asked for");
    return;
  }
  const auto reply = read_cached_reply(hit->reply, request_);
  if (!reply) return parts_.memory.cache->drop(hit->key);
  const std::size_t index = result_.attempts.size();
  note(step, Outcome::ok, "an earlier fix of the same problem, checked again");
  std::vector<std::string> allowed = problem_paths();
  for (const ContextFile& file : files_.files) allowed.push_back(file.path);
  const auto refusal = consider(*reply, std::move(allowed));
  if (!refusal) {
    result_.cached = true;
    result_.link = hit->link;
    result_.link_name = parts_.chain.display_name(hit->link);
    result_.model = hit->model;
    return;
  }
  result_.attempts[index].outcome = refusal->outcome;
  result_.attempts[index].message = first_line(refusal->message);
  if (!stopped()) parts_.memory.cache->drop(hit->key);
}

void FixRun::remember(const Reply& reply, const std::string& link, const std::string& model) {
  if (!parts_.memory.cache || cache_keys_.empty()) return;
  const auto keys = cache_keys(request_, {model_family(model)});
  std::string text = write_cached_reply(reply, request_);
  if (keys.empty() || text.empty()) return;
  parts_.memory.cache->store({keys.front(), link, model, std::move(text), parts_.clock.now().wall});
}

}  // namespace autofix::fix
