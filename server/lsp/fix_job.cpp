#include "server/lsp/fix_job.h"

#include <algorithm>

#include "protocol/object_reader.h"
#include "protocol/uri.h"
#include "server/lsp/convert.h"
#include "server/problems/readers.h"

namespace autofix::lsp {
namespace {

using protocol::Json;

constexpr std::size_t kMostProblems = 200;

/// Where the files of a job are, and how their paths and URIs go together.
struct Place {
  std::string path;  ///< of the document, relative to the root
  std::filesystem::path root;
  bool has_folder = false;
};

/// The documents open below a root, by their paths relative to it.
std::map<std::string, std::string, std::less<>> open_texts(const ServerContext& server, const Place& place,
                                                           FixJob& job) {
  std::map<std::string, std::string, std::less<>> texts;
  const std::string prefix = place.root.string() + (place.root == "/" ? "" : "/");
  for (text::Document& document : server.documents.snapshot()) {
    const auto path = protocol::path_of_file_uri(document.uri);
    if (!path || !path->starts_with(prefix)) continue;
    std::string relative = path->substr(prefix.size());
    job.open_uris[relative] = document.uri;
    texts[std::move(relative)] = std::move(document.text);
  }
  return texts;
}

tl::unexpected<NoJob> none(fix::Status status, std::string reason, std::string message) {
  return tl::unexpected(NoJob{status, std::move(reason), std::move(message)});
}

std::optional<std::string> add_diagnostic(const Json& diagnostic, const Place& place,
                                          const ServerContext& server, std::vector<problems::Problem>& out) {
  auto problem = problems::read_lsp_diagnostic(diagnostic, place.path, server.client.encoding);
  if (!problem) return problem.error().message;
  if (out.size() < kMostProblems) out.push_back(std::move(*problem));
  return std::nullopt;
}

std::optional<std::string> add_test(const Json& failure, const Place& place, const ServerContext& server,
                                    std::vector<problems::Problem>& out) {
  std::string path = place.path;
  if (failure.is_object() && failure.contains("uri") && failure["uri"].is_string()) {
    const std::string uri = failure["uri"].get<std::string>();
    path = protocol::path_of_file_uri(uri).value_or(place.path);
  }
  auto problem = test_failure(failure, path, server.client.encoding);
  if (!problem) return problem.error();
  if (out.size() < kMostProblems) out.push_back(std::move(*problem));
  return std::nullopt;
}

/// What the argument names, else what is known of the place. A text: what is wrong with the argument.
std::optional<std::string> gather_problems(const ServerContext& server, const FixArgument& argument,
                                           const Place& place, problems::Severity least,
                                           std::vector<problems::Problem>& out) {
  for (const Json& diagnostic : argument.diagnostics) {
    if (auto wrong = add_diagnostic(diagnostic, place, server, out)) return wrong;
  }
  for (const Json& failure : argument.tests) {
    if (auto wrong = add_test(failure, place, server, out)) return wrong;
  }
  if (!argument.diagnostics.is_null() || !argument.tests.is_null()) return std::nullopt;
  for (const KnownDiagnostic& known : server.problems.diagnostics(argument.uri)) {
    if (known.severity > least) continue;
    if (argument.range && !touches(known.range, *argument.range)) continue;
    add_diagnostic(known.raw, place, server, out);
  }
  for (const KnownTest& test : server.problems.tests(argument.uri)) {
    if (argument.range && !touches(test.range, *argument.range)) continue;
    add_test(test.raw, place, server, out);
  }
  return std::nullopt;
}

void describe_style(const ServerContext& server, const Place& place, const std::string& uri, FixJob& job) {
  job.style.encoding = server.client.encoding;
  job.style.document_changes = server.client.document_changes;
  job.style.change_annotations = server.client.change_annotations;
  std::map<std::string, std::int64_t> versions;
  for (const auto& [path, open_uri] : job.open_uris) {
    if (const text::Document* document = server.documents.find(open_uri)) versions[path] = document->version;
  }
  if (!place.has_folder) {
    job.open_uris = {{place.path, uri}};
    if (const text::Document* document = server.documents.find(uri)) versions[place.path] = document->version;
  }
  job.style.version_of = [versions](std::string_view path) -> std::optional<std::int64_t> {
    const auto known = versions.find(std::string(path));
    if (known == versions.end()) return std::nullopt;
    return known->second;
  };
  job.style.uri_of = [open = job.open_uris, root = place.root.string()](std::string_view path) {
    const auto known = open.find(std::string(path));
    if (known != open.end()) return known->second;
    return protocol::file_uri_of((root == "/" ? "" : root) + "/" + std::string(path));
  };
}

}  // namespace

tl::expected<FixArgument, std::string> read_fix_argument(const Json& json) {
  protocol::ObjectReader reader(json, "argument");
  FixArgument argument;
  reader.required("uri", argument.uri);
  if (reader.has("version")) {
    std::int64_t version = 0;
    reader.required("version", version);
    argument.version = version;
  }
  if (reader.has("range")) {
    protocol::Range range;
    if (protocol::read_range(reader.any("range"), range)) {
      argument.range = from_lsp(range);
    } else {
      reader.fail("range", "a range");
    }
  }
  if (reader.has("diagnostics")) argument.diagnostics = reader.array("diagnostics", true);
  if (reader.has("tests")) argument.tests = reader.array("tests", true);
  reader.optional("provider", argument.provider);
  if (!reader.error().empty()) return tl::unexpected(reader.error());
  return argument;
}

tl::expected<FixJob, NoJob> gather(ServerContext& server, const FixArgument& argument) {
  const auto file = protocol::path_of_file_uri(argument.uri);
  if (!file && !argument.uri.starts_with("untitled:")) {
    return none(fix::Status::no_fix, "unsupported_document",
                "Only files and untitled documents can be fixed.");
  }
  const text::Document* document = server.documents.find(argument.uri);
  if (document != nullptr && argument.version && *argument.version != document->version) {
    return none(fix::Status::no_fix, "stale_document",
                "The document has changed since the action was offered. Ask again.");
  }
  Folder& folder = server.folder_of(file.value_or(""));
  FixJob job;
  Place place;
  place.has_folder = !folder.root.empty() && file.has_value();
  if (place.has_folder) {
    place.root = folder.root;
    place.path = std::filesystem::path(*file).lexically_relative(folder.root).generic_string();
    job.unsaved = open_texts(server, place, job);
    job.request.files = fix::make_disk_files(folder.root, job.unsaved);
  } else {
    if (document == nullptr) {
      return none(fix::Status::no_fix, "unsupported_document",
                  "The file lies in no workspace folder and is not open, so its text is not known.");
    }
    const std::filesystem::path path = file.value_or("/untitled");
    place.root = path.parent_path();
    place.path = path.filename().string();
    job.request.files = fix::make_memory_files({{place.path, document->text}}, place.root);
    job.request.only_path = place.path;
    job.on_disk = false;
  }
  job.root = place.root;
  if (auto wrong = gather_problems(server, argument, place, folder.loaded.config.actions.min_severity,
                                   job.request.problems)) {
    return none(fix::Status::error, "invalid_argument", std::move(*wrong));
  }
  for (problems::Problem& problem : job.request.problems) {
    if (!problem.path.empty()) problem.path = job.request.files->relative(problem.path);
  }
  describe_style(server, place, argument.uri, job);
  job.style.preview = folder.loaded.config.actions.preview;
  job.request.trusted = folder.trusted;
  job.verify = folder.loaded.config.verify;
  job.request.may_create = server.client.create_files && server.client.document_changes;
  job.request.budget.deadline = std::chrono::steady_clock::now() + folder.loaded.config.timeout;
  const std::string& provider = argument.provider.empty() ? server.selected_provider : argument.provider;
  if (!provider.empty() && provider != "auto") job.request.only_links = {provider};
  if (place.has_folder) job.note_paths = folder.loaded.config.context.notes;
  server.engine_of(folder);
  job.engine = folder.engine;
  return job;
}

}  // namespace autofix::lsp
