#include "loader/trial_child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>

#include "loader/admission.h"
#include "loader/trial_verdict.h"
#include "modelhost/base/child_process.h"
#include "modelhost/host/error_codes.h"

namespace modelhost::host {
namespace {

// Keeps the way to the host where a plugin does not stumble over it.
class Messages {
 public:
  Messages() {
    constexpr int kAbove = 100;
    fd_ = ::fcntl(kMessageFd, F_DUPFD_CLOEXEC, kAbove);
    ::close(kMessageFd);
  }
  void send(std::string line) const {
    line += '\n';
    std::size_t done = 0;
    while (done < line.size()) {
      const ssize_t count = ::write(fd_, line.data() + done, line.size() - done);
      if (count < 0 && errno != EINTR) ::_exit(3);
      if (count > 0) done += static_cast<std::size_t>(count);
    }
  }

 private:
  int fd_ = -1;
};

// A crash that is expected leaves no core file, and nothing outlives a host that was killed meanwhile.
void become_harmless() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

TrialVerdict try_here(const std::filesystem::path& manifest_file, const std::filesystem::path& library,
                      const Messages& messages) {
  TrialVerdict verdict;
  try {
    const Manifest manifest = read_manifest(manifest_file);
    const TorchRegistrations before = torch_registrations();
    messages.send(std::string(kTrialOpening));
    bool opened = false;
    const PluginDescriptor& descriptor = open_plugin(manifest, library, file_identity(library), opened);
    messages.send(std::string(kTrialRegistering));
    register_plugin(manifest, descriptor);
    verdict.torch = added(before, torch_registrations());
  } catch (const Error& error) {
    verdict.refusal = error;
  } catch (const std::exception& error) {
    verdict.refusal = Error(codes::kPluginOpen, std::string("plugin could not be loaded: ") + error.what());
  }
  return verdict;
}

}  // namespace

void run_trial_child(int argc, char** argv) {
  if (argc != 3 || ::fcntl(kMessageFd, F_GETFD) < 0) {
    constexpr std::string_view kUsage = "modelhost-trial is run by the modelhost library: MANIFEST LIBRARY\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kUsage.data(), kUsage.size());
    ::_exit(2);
  }
  const Messages messages;
  become_harmless();
  const TrialVerdict verdict = try_here(argv[1], argv[2], messages);
  messages.send(verdict_json(verdict).dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace));
  ::_exit(0);
}

}  // namespace modelhost::host
