#include "modelhost/host/loader/manifest.h"

#include <catch2/catch_test_macros.hpp>

#include "manifest_text.h"
#include "support/error_of.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
using test::code_of;
using test::error_of;
using test::ManifestText;
using test::TempDir;

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  text.replace(text.find(what), what.size(), with);
  return text;
}

std::string code(const std::string& text) {
  const TempDir dir;
  return code_of([&] { read_manifest(dir.write("foo.plugin.yaml", text)); });
}

TEST_CASE("a manifest is read with all its keys") {
  const TempDir dir;
  const std::string text =
      replaced(ManifestText().text(),
               "models:", "  description: A foo\n  license: MIT\n  homepage: https://example.org\nmodels:");
  const Manifest manifest = read_manifest(dir.write("foo.plugin.yaml", text));
  CHECK(manifest.file == dir / "foo.plugin.yaml");
  CHECK(manifest.id == "org.example.foo");
  CHECK(manifest.version == "1.0.0");
  CHECK(manifest.library == "libfoo.so");
  CHECK(manifest.description == "A foo");
  CHECK(manifest.license == "MIT");
  CHECK(manifest.homepage == "https://example.org");
  REQUIRE(manifest.models.size() == 1);
  CHECK(manifest.models[0].model_type == "foo");
  CHECK(manifest.models[0].config_class == "FooConfig");
  CHECK(manifest.models[0].base_model_prefix == "foo");
  CHECK(manifest.models[0].supports_assign_param_buffer);
  CHECK(manifest.models[0].architectures == std::vector<std::string>{"FooModel", "FooForNothing"});
}

TEST_CASE("an unknown key is an error with line, column and the nearest known key") {
  const TempDir dir;
  const auto file = dir.write("foo.plugin.yaml", replaced(ManifestText().text(), "library", "libary"));
  const Error error = error_of([&] { read_manifest(file); });
  CHECK(error.code() == "P103");
  CHECK(error.file() == file.string());
  CHECK(error.line() == 5);
  CHECK(error.column() == 3);
  CHECK(error.fix() == "did you mean library?");
}

TEST_CASE("unusable manifests are refused with the right code") {
  const std::string good = ManifestText().text();
  CHECK(code(good) == "none");
  CHECK(code("") == "P104");
  CHECK(code("[") == "P101");
  CHECK(code(std::string("a: \0", 4)) == "P101");
  CHECK(code(replaced(good, "manifest: 1\n", "")) == "P102");
  CHECK(code(replaced(good, "manifest: 1", "manifest: 2")) == "P104");
  CHECK(code(replaced(good, "  version: 1.0.0\n", "")) == "P102");
  CHECK(code(replaced(good, "1.0.0", "1.0")) == "P104");
  CHECK(code(replaced(good, "org.example.foo", "foo")) == "P104");
  CHECK(code(replaced(good, ">=0.1 <0.2", "about 1")) == "P104");
  CHECK(code(replaced(good, "true", "yes")) == "P104");
  CHECK(code(replaced(good, "base_model_prefix: foo", "base_model_prefix: \"\"")) == "none");
  CHECK(code(replaced(good, "base_model_prefix: foo", "base_model_prefix: a.b")) == "P104");
  CHECK(code(replaced(good, "FooModel, FooForNothing", "")) == "P104");
  CHECK(code(replaced(good, "FooModel, FooForNothing", "FooModel, FooModel")) == "P104");
  CHECK(code(replaced(good, "FooModel", "Foo Model")) == "P104");
  CHECK(code(replaced(good, "model_type: foo", "model_type: [foo]")) == "P104");
  CHECK(code(good + "  - {model_type: foo, config_class: C, base_model_prefix: f, "
                    "_supports_assign_param_buffer: true, architectures: [Other]}\n") == "P104");
  CHECK(code(good.substr(0, good.find("models:")) + "models: []\n") == "P104");
}

TEST_CASE("the SDK range is compared with this SDK") {
  Manifest manifest;
  manifest.sdk = ">=0.1 <0.2";
  CHECK_NOTHROW(check_sdk_range(manifest));
  manifest.sdk = ">=7";
  const Error error = error_of([&] { check_sdk_range(manifest); });
  CHECK(error.code() == "P106");
  CHECK(error.got() == ">=7");
}

TEST_CASE("a library must lie inside its manifest's directory") {
  const TempDir dir;
  dir.write("other/libfoo.so", "");
  dir.write("mine-too/libfoo.so", "");
  dir.write("mine/sub/libfoo.so", "");
  fs::create_symlink("../other/libfoo.so", dir / "mine/link.so");
  fs::create_directory_symlink(dir / "other", dir / "mine/folder");
  fs::create_symlink("sub/libfoo.so", dir / "mine/inner.so");
  fs::create_symlink("loop.so", dir / "mine/loop.so");
  Manifest manifest;
  manifest.file = dir / "mine/foo.plugin.yaml";
  auto resolved = [&](const std::string& library) {
    manifest.library = library;
    return code_of([&] { resolve_library(manifest); });
  };
  CHECK(resolved("sub/libfoo.so") == "none");
  CHECK(resolved("inner.so") == "none");
  CHECK(resolved("sub/../sub/libfoo.so") == "none");
  CHECK(resolved("../other/libfoo.so") == "P105");
  CHECK(resolved("../mine-too/libfoo.so") == "P105");
  CHECK(resolved("../../none/libfoo.so") == "P105");
  CHECK(resolved("link.so") == "P105");
  CHECK(resolved("folder/libfoo.so") == "P105");
  CHECK(resolved((dir / "mine/sub/libfoo.so").string()) == "P105");
  CHECK(resolved("nothing.so") == "P107");
  CHECK(resolved("loop.so") == "P107");
  CHECK(resolved("sub") == "P107");
  CHECK(resolved("") == "P107");
}

}  // namespace
}  // namespace modelhost::host
