// A save into the model directory while its plugin is being opened.
#include <catch2/catch_test_macros.hpp>

#include "loader_support.h"
#include "modelhost/formats/safetensors/safetensors_writer.h"
#include "modelhost/host/host.h"

namespace modelhost::host {
namespace {

using test::TempDir;

void write_model(const TempDir& dir, const std::string& architecture, int edition) {
  dir.write("m/config.json", R"({"model_type": "greeting", "architectures": [")" + architecture +
                                 R"("], "edition": )" + std::to_string(edition) + "}");
}

TEST_CASE("class and config come from one save, though the directory changes while the plugin is opened") {
  const TempDir dir;
  write_model(dir, "GreetingForPeople", 1);
  write_safetensors(dir / "m/model.safetensors", {}, {{"format", "pt"}});
  HostOptions options;
  options.plugin_dirs = {test::build_path("tests/capability_plugins/first")};
  options.settings = test::without_trial();
  Host host(options);
  bool changed = false;
  set_log_sink([&](LogLevel, std::string_view message) {  // of the capability that this host does not know
    if (message.find("greeting") == std::string_view::npos) return;
    changed = true;
    write_model(dir, "GreetingModel", 2);
  });
  const LoadedModel loaded = host.load_model(dir / "m");
  set_log_sink({});
  CHECK(changed);
  CHECK(loaded.model->traits().architecture == "GreetingForPeople");
  CHECK(loaded.model->config().extra["edition"] == 1);
}

}  // namespace
}  // namespace modelhost::host
