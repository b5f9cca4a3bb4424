// Manifests for tests, written with a few words.
#pragma once

#include <filesystem>
#include <string>

#include "support/temp_dir.h"

namespace modelhost::test {

struct ManifestText {
  std::string id = "org.example.foo";
  std::string version = "1.0.0";
  std::string library = "libfoo.so";
  std::string sdk = ">=0.1 <0.2";
  std::string model_type = "foo";
  std::string architectures = "FooModel, FooForNothing";

  std::string text() const {
    return "manifest: 1\nplugin:\n  id: " + id + "\n  version: " + version + "\n  library: " + library +
           "\n  sdk: \"" + sdk + "\"\nmodels:\n  - model_type: " + model_type +
           "\n    config_class: FooConfig\n    base_model_prefix: foo\n    _supports_assign_param_buffer: "
           "true\n" +
           "    architectures: [" + architectures + "]\n";
  }

  /// Writes `folder`/foo.plugin.yaml and beside it a library that is none: whoever touches it fails.
  std::filesystem::path write(const TempDir& dir, const std::string& folder) const {
    dir.write(folder + "/" + library, "no library at all\n");
    return dir.write(folder + "/foo.plugin.yaml", text());
  }
};

}  // namespace modelhost::test
