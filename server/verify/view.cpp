#include "server/verify/view.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <string>
#include <system_error>
#include <unistd.h>

#include "server/verify/child_environment.h"

namespace autofix::verify {
namespace {

namespace fs = std::filesystem;
using Kind = ViewStep::Kind;

/// Folders that tools write to and whose content they need; where a variable moves them out of HOME.
constexpr std::array kToolFolders = {"XDG_CACHE_HOME",   "XDG_CONFIG_HOME",  "XDG_DATA_HOME", "CARGO_HOME",
                                     "RUSTUP_HOME",      "GOPATH",           "GOMODCACHE",    "GOCACHE",
                                     "npm_config_cache", "GRADLE_USER_HOME", "CCACHE_DIR",    "PIP_CACHE_DIR",
                                     "PYENV_ROOT",       "NVM_DIR",          "VIRTUAL_ENV"};

/// Below HOME: what a program under test has no business with. What it prints may be sent to a provider.
constexpr std::array kSecretFolders = {".ssh",
                                       ".gnupg",
                                       ".aws",
                                       ".azure",
                                       ".kube",
                                       ".docker",
                                       ".password-store",
                                       ".mozilla",
                                       ".config/autofix",
                                       ".config/gcloud",
                                       ".config/gh",
                                       ".config/google-chrome",
                                       ".config/chromium",
                                       ".local/state/autofix",
                                       ".local/share/keyrings"};
constexpr std::array kSecretFiles = {".netrc", ".pgpass", ".git-credentials", ".pypirc", ".vault-token"};

constexpr std::array kDevices = {"null", "zero", "full", "random", "urandom", "tty"};

constexpr std::size_t kMostSockets = 200;

/// Collects the steps in the order that they need.
class Plan {
 public:
  explicit Plan(const ViewWish& wish) : wish_(wish) { sandbox_.base = wish.base.string(); }

  Sandbox make() {
    add(Kind::folder, "mem");
    add(Kind::tmpfs, "mem", "", "mode=0700,size=50%");
    choose_layers();
    // First all of what lies beneath, then the layers: one may hide what another one needs.
    for (std::size_t at = 0; at < layers_.size(); ++at)
      add(Kind::bind, lower(at), layers_[at].target, "", true);
    make_devices();
    hide("/run");
    for (std::size_t at = 0; at < layers_.size(); ++at) lay(at);
    hide_secrets();
    hide_sockets();
    add(Kind::proc, "/proc", "", "", true);
    for (const std::string& path : wish_.removed) add(Kind::remove, (wish_.project / path).string());
    add(Kind::freeze, "/");
    for (const Layer& layer : layers_) add(Kind::thaw, layer.target, "", "", true);
    thaw_devices();
    add(Kind::loopback, "", "", "", true);
    return std::move(sandbox_);
  }

 private:
  struct Layer {
    std::string target;
    bool in_memory = false;  ///< the upper layer must not lie below the lower one
    bool required = false;
  };

  void add(Kind kind, std::string target, std::string source = "", std::string options = "",
           bool optional = false) {
    sandbox_.steps.push_back({kind, std::move(target), std::move(source), std::move(options), optional});
  }

  static std::string lower(std::size_t at) { return "lower" + std::to_string(at); }
  std::string upper(std::size_t at) const {
    if (layers_[at].required) return "project-layer";
    return (layers_[at].in_memory ? "mem/upper" : "upper") + std::to_string(at);
  }
  std::string work(std::size_t at) const {
    // A volatile layer is not mounted twice with the same work folder.
    return (layers_[at].in_memory ? "mem/work" : "work") + std::to_string(at) + "-" +
           std::to_string(wish_.run);
  }

  void layer_over(const fs::path& folder) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (error || !fs::is_directory(real, error) || real == "/") return;
    const bool covered =
        std::ranges::any_of(layers_, [&](const Layer& known) { return lies_below(real, known.target); });
    if (covered || lies_below(real, wish_.project)) return;
    layers_.push_back({real.string(), lies_below(wish_.base, real), false});
  }

  /// Outer folders before those that lie in them; the project last, since it wins.
  void choose_layers() {
    layer_over("/tmp");
    layer_over("/var/tmp");
    if (const auto home = variable(wish_.environment, "HOME"); !home.empty()) layer_over(fs::path(home));
    for (const char* name : kToolFolders) {
      const auto folder = variable(wish_.environment, name);
      if (!folder.empty() && folder.front() == '/') layer_over(fs::path(folder));
    }
    layers_.push_back({wish_.project.string(), false, true});
    std::error_code error;
    for (std::size_t at = 0; at < layers_.size(); ++at) {
      add(Kind::folder, lower(at));
      if (layers_[at].in_memory) {
        add(Kind::folder, upper(at));
        add(Kind::folder, work(at));
      } else {
        fs::create_directories(wish_.base / upper(at), error);
        fs::create_directories(wish_.base / work(at), error);
        fs::permissions(wish_.base / upper(at), fs::status(layers_[at].target, error).permissions(), error);
      }
    }
  }

  void lay(std::size_t at) {
    const Layer& layer = layers_[at];
    const std::string options =
        "lowerdir=" + lower(at) + ",upperdir=" + upper(at) + ",workdir=" + work(at) + ",userxattr,volatile";
    // What cannot be laid stays as it is, read-only; but a place for temporary files must be had.
    const bool temporary = layer.target == "/tmp" || layer.target == "/var/tmp";
    add(temporary ? Kind::overlay_or_tmpfs : Kind::overlay, layer.target, "", options, !layer.required);
    if (temporary) make_folders_below(layer.target);
  }

  /// Where the place is empty now, the project's mount needs its folders again.
  void make_folders_below(const fs::path& folder) {
    if (!lies_below(wish_.project, folder)) return;
    fs::path made = folder;
    for (const fs::path& part : wish_.project.lexically_relative(folder)) {
      made /= part;
      add(Kind::folder, made.string(), "", "", true);
    }
  }

  void make_devices() {
    add(Kind::folder, "dev");
    add(Kind::tmpfs, "dev", "", "mode=0755,size=64k");
    for (const char* name : kDevices) {
      add(Kind::file, std::string("dev/") + name);
      add(Kind::bind, std::string("dev/") + name, std::string("/dev/") + name);
    }
    add(Kind::folder, "dev/pts");
    add(Kind::terminals, "dev/pts", "", "newinstance,ptmxmode=0666,mode=0620", true);
    add(Kind::link, "dev/ptmx", "pts/ptmx");
    add(Kind::folder, "dev/shm");
    add(Kind::tmpfs, "dev/shm", "", "mode=1777,size=50%");
    add(Kind::link, "dev/fd", "/proc/self/fd");
    add(Kind::link, "dev/stdin", "/proc/self/fd/0");
    add(Kind::link, "dev/stdout", "/proc/self/fd/1");
    add(Kind::link, "dev/stderr", "/proc/self/fd/2");
    add(Kind::bind, "/dev", "dev");
  }

  void thaw_devices() {
    for (const char* name : kDevices) add(Kind::device, std::string("/dev/") + name);
    add(Kind::device, "/dev/pts", "", "", true);
    add(Kind::thaw, "/dev/shm");
  }

  /// Sockets of other programs live here; a socket's path works across network namespaces.
  void hide(const std::string& folder) { add(Kind::tmpfs, folder, "", "mode=0755,size=64k", true); }

  void hide_folder(const fs::path& folder) {
    std::error_code error;
    // The project itself may be somebody's dot files.
    if (fs::is_directory(folder, error) && !lies_below(wish_.project, folder)) hide(folder.string());
  }

  /// Keys may stand beside our configuration, wherever that was moved to.
  void hide_our_own() {
    for (const char* name : {"XDG_CONFIG_HOME", "XDG_STATE_HOME"}) {
      const auto folder = variable(wish_.environment, name);
      if (folder.empty() || folder.front() != '/') continue;
      std::error_code error;
      const fs::path real = fs::canonical(fs::path(folder) / "autofix", error);
      if (!error) hide_folder(real);
    }
  }

  void hide_secrets() {
    hide_our_own();
    const auto home = variable(wish_.environment, "HOME");
    if (home.empty()) return;
    std::error_code error;
    const fs::path real = fs::canonical(fs::path(home), error);
    if (error) return;
    for (const char* name : kSecretFolders) hide_folder(real / name);
    for (const char* name : kSecretFiles) {
      const fs::path file = real / name;
      if (fs::is_regular_file(file, error)) add(Kind::bind, file.string(), "/dev/null", "", true);
    }
  }

  /// Neither a network namespace nor a read-only mount keeps a command from a socket that has a path. Through
  /// a layer it is not the same socket any more.
  void hide_sockets() {
    std::ifstream table("/proc/net/unix");
    std::set<std::string> seen;
    for (std::string line; std::getline(table, line) && seen.size() < kMostSockets;) {
      const std::size_t slash = line.find(" /");
      if (slash == std::string::npos) continue;
      const fs::path path = line.substr(slash + 1);
      const bool covered = lies_below(path, "/run") || std::ranges::any_of(layers_, [&](const Layer& layer) {
                             return lies_below(path, layer.target);
                           });
      std::error_code error;
      if (covered || !fs::is_socket(path, error) || !seen.insert(path).second) continue;
      add(Kind::bind, path.string(), "/dev/null", "", true);
    }
  }

  const ViewWish& wish_;
  Sandbox sandbox_;
  std::vector<Layer> layers_;
};

}  // namespace

bool lies_below(const fs::path& path, const fs::path& folder) {
  const auto [in_folder, in_path] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return in_folder == folder.end();
}

fs::path project_layer(const fs::path& base) {
  return base / "project-layer";
}

Sandbox plan_view(const ViewWish& wish) {
  return Plan(wish).make();
}

std::vector<std::string> environment_in_view(std::vector<std::string> environment) {
  constexpr std::array kGone = {"TMPDIR",
                                "TMP",
                                "TEMP",
                                "XDG_RUNTIME_DIR",
                                "SSH_AUTH_SOCK",
                                "SSH_AGENT_PID",
                                "DISPLAY",
                                "WAYLAND_DISPLAY",
                                "DBUS_SESSION_BUS_ADDRESS",
                                "GPG_AGENT_INFO",
                                "DOCKER_HOST"};
  std::erase_if(environment, [&](std::string_view entry) {
    const std::string_view name = entry.substr(0, entry.find('='));
    return std::ranges::find(kGone, name) != kGone.end();
  });
  environment.emplace_back("TMPDIR=/tmp");
  return environment;
}

}  // namespace autofix::verify
