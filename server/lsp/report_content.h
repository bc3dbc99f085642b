// One test report as the editor needs it: read, parsed, and its places found among the project's files, all
// of it on a worker and from the disk. Deliberately nothing of open documents: those are the reader thread's.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "server/fix/report_files.h"
#include "server/lsp/problem_store.h"
#include "server/problems/problem.h"

namespace autofix::lsp {

/// A failing test without its final range: that needs the document as the editor has it.
struct ReportedFailure {
  std::string path;   ///< absolute; empty where the report names no file of the project
  text::Range range;  ///< as reported, within one line, characters counted in `encoding`
  text::PositionEncoding encoding = text::PositionEncoding::utf8;
  std::string line;  ///< the failing line as it is on disk
  KnownTest test;
};

struct ReportContent {
  enum class State { read, gone, unreadable };
  State state = State::read;
  std::string path;  ///< of the report, relative to the root
  std::string error;
  fix::FileStamp stamp;
  std::vector<ReportedFailure> failures;  ///< at most 1,000
  std::set<std::string> failed;           ///< names of all of them
  std::set<std::string> passed;
};

ReportContent read_report(const std::filesystem::path& root, const std::string& path);

/// The file that a report means: below the root as it is spelled, else below the report's folder or one above
/// it. Root-relative; empty when there is none.
std::string find_reported_file(const fix::ProjectFiles& files, const std::string& report,
                               const std::string& spelled);

}  // namespace autofix::lsp
