#include "mapped_file_guard.h"

#include <signal.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "modelhost/base/error_codes.h"
#include "modelhost/files/mapped_file.h"

namespace modelhost::host {
namespace {

// The fault happens in a kernel that reads weights, never inside malloc, so building a message is safe here.
void on_bus_error(int signal, siginfo_t* info, void*) {
  const std::filesystem::path path = mapped_file_at(info->si_addr);
  if (path.empty()) {
    ::signal(signal, SIG_DFL);
    return;  // the access is repeated and ends the process as it would have
  }
  const Error error =
      Error(codes::kMappedFileShrank, "a mapped file was truncated while it was in use")
          .file(path.string())
          .fix("replace model files by renaming a new file into place, never by writing into them");
  const std::string text = std::string(error.what()) + "\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  ::_exit(1);
}

}  // namespace

void install_mapped_file_guard() {
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace modelhost::host
