// Paths that are more than text: what a patch may never touch, and what it touches only on the user's word
// (TRUST.md #1).
#include <algorithm>
#include <array>

#include "server/fix/check_patch.h"
#include "server/fix/context.h"

namespace autofix::fix {
namespace {

/// Lower-case globs of a single component. Names that begin with a dot are covered by the rule for dots.
constexpr std::array kControlNames = {
    "*.code-workspace",
    "*.sublime-project",
    "*.sublime-workspace",
    "*.iml",
    "*.suo",
    "git~*",
    "githooks",
    "git-hooks",
    "git_hooks",
    "lefthook.y*ml",
    "jenkinsfile*",
    "azure-pipelines*.y*ml",
    "bitbucket-pipelines.y*ml",
    "appveyor.y*ml",
    "cloudbuild.y*ml",
    "buildspec.y*ml",
    "agents.md",
    "claude.md",
    "gemini.md",
    "autofix.json",
    "sitecustomize.py",
    "usercustomize.py",
};

constexpr std::array kManifestNames = {
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "bun.lock*",
    "deno.json*",
    "deno.lock",
    "requirements*.txt",
    "constraints*.txt",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "pipfile*",
    "poetry.lock",
    "uv.lock",
    "tox.ini",
    "noxfile.py",
    "environment.y*ml",
    "cargo.toml",
    "cargo.lock",
    "build.rs",
    "go.mod",
    "go.sum",
    "gemfile*",
    "*.gemspec",
    "rakefile",
    "composer.json",
    "composer.lock",
    "pom.xml",
    "build.gradle*",
    "settings.gradle*",
    "gradle.properties",
    "gradlew*",
    "mvnw*",
    "cmakelists.txt",
    "*.cmake",
    "cmakepresets.json",
    "cmakeuserpresets.json",
    "makefile*",
    "gnumakefile",
    "*.mk",
    "meson.build",
    "meson_options.txt",
    "build.bazel",
    "workspace",
    "workspace.bazel",
    "module.bazel",
    "*.bzl",
    "dockerfile*",
    "docker-compose*.y*ml",
    "compose.y*ml",
    "vcpkg.json",
    "conanfile.*",
    "*.csproj",
    "*.fsproj",
    "*.vbproj",
    "*.sln",
    "*.vcxproj",
    "*.props",
    "*.targets",
    "packages.lock.json",
    "nuget.config",
    "global.json",
    "mix.exs",
    "mix.lock",
    "rebar.config",
    "stack.yaml",
    "*.cabal",
    "dune-project",
    "*.opam",
    "package.swift",
    "package.resolved",
    "podfile*",
    "justfile",
    "taskfile.y*ml",
    "webpack.config.*",
    "vite.config.*",
    "rollup.config.*",
    "jest.config.*",
    "vitest.config.*",
    "babel.config.*",
    "eslint.config.*",
    "gulpfile.*",
    "gruntfile.*",
    "configure",
    "configure.ac",
    "sconstruct",
    "build.zig*",
    "procfile",
    "vagrantfile",
};

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 1;
};

CodePoint code_point_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t index) {
    return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
  };
  const unsigned lead = byte(at);
  if (lead >= 0xF0) {
    return {((lead & 7U) << 18U) | ((byte(at + 1) & 63U) << 12U) | ((byte(at + 2) & 63U) << 6U) |
                (byte(at + 3) & 63U),
            4};
  }
  if (lead >= 0xE0) return {((lead & 15U) << 12U) | ((byte(at + 1) & 63U) << 6U) | (byte(at + 2) & 63U), 3};
  if (lead >= 0xC0) return {((lead & 31U) << 6U) | (byte(at + 1) & 63U), 2};
  return {lead, 1};
}

/// The component as a file system that folds letter case, Unicode forms and widths would see it: ASCII
/// letters only, everything that such file systems ignore dropped.
std::string folded(std::string_view component) {
  std::string out;
  for (std::size_t at = 0; at < component.size();) {
    const CodePoint point = code_point_at(component, at);
    const std::string_view bytes = component.substr(at, point.length);
    at += point.length;
    char32_t c = point.value;
    const bool ignored = (c >= 0x300 && c <= 0x36F) || (c >= 0x200B && c <= 0x200F) ||
                         (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
                         c == 0xAD || (c >= 0xFE00 && c <= 0xFE0F);
    if (ignored) continue;
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;  // full-width forms
    if (c == 0x2024 || c == 0xFE52) c = '.';
    if (c == 0x212A) c = 'k';
    if (c == 0x17F) c = 's';
    if (c < 0x80) {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c);
    } else {
      out += bytes;
    }
  }
  while (!out.empty() && (out.back() == '.' || out.back() == ' ')) out.pop_back();
  return out;
}

template <std::size_t N>
bool matches_any(const std::array<const char*, N>& globs, std::string_view name) {
  return std::ranges::any_of(globs, [&](const char* glob) { return matches_glob(glob, name); });
}

}  // namespace

bool is_control_path(std::string_view path) {
  while (true) {
    const std::size_t slash = path.find_first_of("/\\");
    const std::string_view component = path.substr(0, slash);
    const std::string name = folded(component);
    if (component != "." && component != ".." && !component.empty()) {
      if (name.empty() || name.starts_with('.') || matches_any(kControlNames, name)) return true;
      if (name.find(':') != std::string::npos) return true;  // another stream of a file on NTFS
    }
    if (slash == std::string_view::npos) return false;
    path.remove_prefix(slash + 1);
  }
}

bool is_manifest_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return matches_any(kManifestNames, folded(slash == std::string_view::npos ? path : path.substr(slash + 1)));
}

std::string normalized_path(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.size() > 4096) return {};
  if (path.size() >= 2 && path[1] == ':') return {};
  std::string out;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view component = path.substr(0, slash);
    if (component == "..") return {};
    for (const char c : component) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\') return {};
    }
    if (!component.empty() && component != ".") {
      if (!out.empty()) out += '/';
      out += component;
    }
    if (slash == std::string_view::npos) return out;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace autofix::fix
