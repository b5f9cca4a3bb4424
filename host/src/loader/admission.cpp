#include "loader/admission.h"

#include <string>

#include "loader/cross_check.h"
#include "loader/plugin_library.h"
#include "modelhost/base/text.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/host/loader/admit_plugin.h"

namespace modelhost::host {
namespace {

void check_identity(const Manifest& manifest, const PluginDescriptor& descriptor) {
  const std::string id = descriptor.id, version = descriptor.version;
  if (id == manifest.id && version == manifest.version) return;
  throw Error(codes::kPluginIdentity, std::string(codes::kPluginIdentity.title))
      .file(manifest.file.string())
      .key(id == manifest.id ? "plugin.version" : "plugin.id")
      .expected(manifest.id + " " + manifest.version + ", as the manifest says")
      .got(quote(id) + " " + quote(version) + ", as the library says")
      .fix(
          "make the manifest and the MODELHOST_PLUGIN line equal, and check that `library` is the right "
          "file");
}

// Runs the plugin's own code: whatever it throws is the plugin's fault, and stays a message.
std::vector<ModelSpec> call_registration(const Manifest& manifest, const PluginDescriptor& descriptor) {
  auto failed = [&](const std::string& why) {
    return Error(codes::kRegistrationThrew, "plugin registration failed: " + why)
        .file(manifest.file.string())
        .fix("ask the plugin's author: " + (manifest.homepage.empty() ? manifest.id : manifest.homepage));
  };
  ModelRegistrar registrar;
  try {
    descriptor.register_models(registrar);
  } catch (const std::exception& error) {
    throw failed(error.what());
  } catch (...) {
    throw failed("it threw something that is no std::exception");
  }
  return registrar.take();
}

}  // namespace

const PluginDescriptor& open_plugin(const Manifest& manifest, const std::filesystem::path& library,
                                    const FileIdentity& checked, bool& opened) {
  const PluginDescriptor& descriptor = open_plugin_library(library, checked, opened);
  check_identity(manifest, descriptor);
  return descriptor;
}

std::vector<ModelSpec> register_plugin(const Manifest& manifest, const PluginDescriptor& descriptor) {
  std::vector<ModelSpec> specs = call_registration(manifest, descriptor);
  cross_check(manifest, specs);
  for (ModelSpec& spec : specs) spec.provider = manifest.id;
  return specs;
}

std::vector<ModelSpec> admit_plugin(const Manifest& manifest, const std::filesystem::path& library) {
  bool opened = false;
  return register_plugin(manifest, open_plugin(manifest, library, file_identity(library), opened));
}

}  // namespace modelhost::host
