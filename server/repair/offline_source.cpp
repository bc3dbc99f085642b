#include "server/repair/offline_source.h"

#include <algorithm>
#include <array>
#include <map>

#include "server/problems/text_scan.h"
#include "server/repair/rule.h"
#include "server/text/line_index.h"

namespace autofix::repair {

Language language_of(std::string_view path) {
  struct Ending {
    std::string_view ending;
    Language language;
  };
  constexpr std::array<Ending, 20> kEndings = {
      {{".py", Language::python},  {".pyi", Language::python}, {".c", Language::c},
       {".h", Language::cpp},      {".cc", Language::cpp},     {".cpp", Language::cpp},
       {".cxx", Language::cpp},    {".c++", Language::cpp},    {".hpp", Language::cpp},
       {".hh", Language::cpp},     {".hxx", Language::cpp},    {".ipp", Language::cpp},
       {".ts", Language::script},  {".tsx", Language::script}, {".js", Language::script},
       {".jsx", Language::script}, {".mjs", Language::script}, {".cjs", Language::script},
       {".mts", Language::script}, {".cts", Language::script}}};
  const auto found = std::find_if(kEndings.begin(), kEndings.end(),
                                  [&](const Ending& entry) { return path.ends_with(entry.ending); });
  return found == kEndings.end() ? Language::other : found->language;
}

namespace {

using Rule = std::optional<Repair> (*)(const Subject&);

/// The first that answers wins: what the tool itself suggests comes before what we look up.
constexpr std::array<Rule, 6> kRules = {missing_include, missing_python_import, missing_script_import,
                                        did_you_mean,    expected_token,        unused_import};

std::optional<Place> place_at(const fix::ProjectFiles& files, const std::string& path, text::Range range,
                              text::PositionEncoding encoding) {
  if (path.empty()) return std::nullopt;
  auto read = files.read(path);
  if (!read) return std::nullopt;
  Place place;
  place.path = path;
  place.text = std::move(*read);
  const text::LineIndex index(place.text);
  if (range.start.line >= index.line_count()) return std::nullopt;
  place.at = index.span_of(place.text, range, encoding);
  place.line = index.line(place.text, range.start.line);
  place.exact = range.start.character != 0 || range.end != range.start;
  return place;
}

Subject subject_of(const problems::Problem& problem, const fix::ProjectFiles& files) {
  Subject subject{problem, files, {}, {problem.message}};
  if (problem.test) {
    for (auto frame = problem.test->stack.rbegin(); frame != problem.test->stack.rend(); ++frame) {
      const text::Position line{frame->line, 0};
      if (auto place = place_at(files, files.relative(frame->path), {line, line}, problem.encoding)) {
        subject.places.push_back(std::move(*place));
      }
    }
    for (const std::string_view line : problems::lines_of(problem.test->output)) {
      std::string_view text = problems::trimmed(line);
      if (problems::take_prefix(text, "E ")) text = problems::trimmed(text);
      if (problems::contains(text, "Error")) subject.messages.emplace_back(text);
    }
  }
  if (auto place = place_at(files, problem.path, problem.range, problem.encoding)) {
    subject.places.push_back(std::move(*place));
  }
  for (const problems::RelatedLocation& related : problem.related)
    subject.messages.push_back(related.message);
  return subject;
}

/// An insertion of whole lines.
bool is_line(const text::TextEdit& edit) {
  return edit.begin == edit.end && edit.new_text.ends_with('\n');
}

/// All repairs of one request, file by file.
class Collected {
 public:
  explicit Collected(const fix::ProjectFiles& files) : files_(files) {}

  /// False when it would collide with a repair that is already there.
  bool add(const Repair& repair) {
    const auto text = files_.read(repair.path);
    if (!text) return false;
    std::vector<text::TextEdit> edits = edits_[repair.path];
    for (const text::TextEdit& edit : repair.edits) {
      if (std::find(edits.begin(), edits.end(), edit) == edits.end()) edits.push_back(edit);
    }
    // Two new import lines at one place stand in alphabetic order, whatever order their problems came in.
    std::ranges::stable_sort(edits, [](const text::TextEdit& a, const text::TextEdit& b) {
      return a.begin != b.begin ? a.begin < b.begin : is_line(a) && is_line(b) && a.new_text < b.new_text;
    });
    auto after = text::apply_edits(*text, edits);
    if (!after) return false;
    edits_[repair.path] = std::move(edits);
    texts_[repair.path] = std::move(*after);
    return true;
  }

  std::vector<fix::ReplyEdit> reply_edits() const {
    std::vector<fix::ReplyEdit> edits;
    for (const auto& [path, text] : texts_) {
      fix::ReplyEdit edit;
      edit.path = path;
      edit.kind = fix::ReplyEdit::Kind::exact_text;
      edit.replace = text;
      edits.push_back(std::move(edit));
    }
    return edits;
  }

 private:
  const fix::ProjectFiles& files_;
  std::map<std::string, std::vector<text::TextEdit>> edits_;
  std::map<std::string, std::string> texts_;
};

std::optional<Repair> first_repair(const Subject& subject) {
  for (const Rule rule : kRules) {
    if (auto repair = rule(subject)) return repair;
  }
  return std::nullopt;
}

class OfflineSource final : public fix::FixSource {
 public:
  tl::expected<fix::Proposal, providers::ProviderError> propose(const fix::RequestContext& context,
                                                                const fix::FixRequest& request,
                                                                std::span<const fix::Feedback>) override {
    Collected collected(*request.files);
    std::vector<std::string> rules;
    std::vector<std::string> sentences;
    std::size_t repaired = 0;
    for (const problems::Problem& problem : request.problems) {
      if (context.stop.stop_requested()) {
        return tl::unexpected(error(providers::ErrorKind::cancelled, "cancelled"));
      }
      const auto repair = first_repair(subject_of(problem, *request.files));
      if (!repair || !collected.add(*repair)) continue;
      ++repaired;
      remember(rules, repair->rule);
      remember(sentences, repair->summary);
    }
    if (repaired == 0) {
      return tl::unexpected(error(providers::ErrorKind::refused, "no repair that is sure without a model"));
    }
    fix::Proposal proposal;
    proposal.model = joined(rules, ", ");
    proposal.reply.summary = joined(sentences, " ");
    if (repaired < request.problems.size()) {
      proposal.reply.summary +=
          " (" + std::to_string(repaired) + " of " + std::to_string(request.problems.size()) + " problems.)";
    }
    proposal.reply.edits = collected.reply_edits();
    return proposal;
  }

 private:
  static providers::ProviderError error(providers::ErrorKind kind, std::string message) {
    providers::ProviderError result;
    result.kind = kind;
    result.message = std::move(message);
    return result;
  }

  static void remember(std::vector<std::string>& all, const std::string& one) {
    if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
  }

  static std::string joined(const std::vector<std::string>& parts, std::string_view between) {
    std::string result;
    for (const std::string& part : parts) result.append(result.empty() ? "" : between).append(part);
    return result;
  }
};

}  // namespace

std::unique_ptr<fix::FixSource> make_offline_source() {
  return std::make_unique<OfflineSource>();
}

}  // namespace autofix::repair
