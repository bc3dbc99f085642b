#include "tests/bench/our_chain.h"

#include <cstdlib>
#include <stdexcept>

#include "server/store/store.h"

namespace autofix::bench {
namespace {

/// Remembers nothing: what the real state prevents, and what a loop without a memory does.
class Forgetful final : public providers::ChainDocuments {
 public:
  std::vector<std::string> read(std::span<const std::string> keys) const override {
    return std::vector<std::string>(keys.size());
  }
  std::string update(const std::string&, const Change& change) override { return change({}); }
};

std::shared_ptr<providers::ChainDocuments> make_documents(Memory memory, std::filesystem::path& folder) {
  switch (memory) {
    case Memory::nowhere:
      return std::make_shared<Forgetful>();
    case Memory::process:
      return providers::make_memory_chain_documents();
    case Memory::sqlite:
      break;
  }
  std::string name = (std::filesystem::temp_directory_path() / "autofix-bench-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder = name;
  store::StoreOptions options;
  options.state_folder = folder / "autofix";
  return store::open_store(std::move(options)).documents;
}

std::vector<providers::LinkConfig> two_links(const std::string& base) {
  providers::LinkConfig a;
  a.name = "gemini";
  a.display_name = "Gemini";
  a.dialect = providers::DialectKind::gemini;
  a.base_url = base + "/v1beta";
  a.models = {"m"};
  a.credentials = {{"bench-key-a", "bench"}};
  providers::LinkConfig b = a;
  b.name = "groq";
  b.display_name = "Groq";
  b.dialect = providers::DialectKind::openai;
  b.base_url = base + "/openai/v1";
  b.credentials = {{"bench-key-b", "bench"}};
  return {a, b};
}

}  // namespace

OurChain::OurChain(const std::string& base, Memory memory)
    : documents_(make_documents(memory, folder_)), chain_(two_links(base), {}, *documents_, clock_) {}

OurChain::~OurChain() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

std::string OurChain::complete(const providers::Prompt& prompt) {
  std::vector<providers::Tried> tried;
  providers::Query query;
  query.estimate.input_tokens = 100;
  query.deadline = clock_.now().steady + std::chrono::seconds(60);
  while (true) {
    query.tried = tried;
    const providers::Step step = chain_.next(query);
    if (step.action == providers::Step::Action::pass_over) {
      tried.push_back({step.link, step.model, step.key_id, false, step.reason});
      continue;
    }
    if (step.action != providers::Step::Action::send) break;
    const providers::Sent sent = chain_.send(step, prompt, {}, query.deadline);
    if (sent.completion) return sent.completion->text;
    tried.push_back({step.link, step.model, step.key_id, true, sent.completion.error()});
  }
  std::string why;
  for (const providers::Tried& one : tried) {
    if (one.error) why += " " + one.link + ": " + one.error->message;
  }
  throw std::runtime_error("the chain did not reach B:" + why);
}

}  // namespace autofix::bench
