#include "modelhost/host/loader/name_forms.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace modelhost::host {
namespace {

TEST_CASE("plugin ids are reverse DNS names") {
  for (const char* good : {"org.example.foo", "a.b", "io.github.some-one.x_1", "org.3com.x"})
    CHECK(is_plugin_id(good));
  for (const char* bad : {"", "foo", "org.", ".org", "org..x", "Org.x", "org.X", "org.a b", "org.x/../y",
                          "org.x\n", "1org.x", "org.-x"}) {
    INFO(bad);
    CHECK_FALSE(is_plugin_id(bad));
  }
  CHECK_FALSE(is_plugin_id("a." + std::string(1'000'000, 'b')));
}

TEST_CASE("versions are semantic versions") {
  for (const char* good : {"1.0.0", "0.1.2", "1.0.0-rc.1", "1.0.0+build.5", "10.20.30-a+b"}) {
    CHECK(is_semantic_version(good));
  }
  for (const char* bad : {"", "1", "1.0", "01.0.0", "1.0.0-", "v1.0.0", "1.0.0.0", "1.0.0 ", "a.b.c"}) {
    INFO(bad);
    CHECK_FALSE(is_semantic_version(bad));
  }
}

TEST_CASE("model types and class names are what transformers uses") {
  for (const char* good : {"mpt", "xlm-roberta", "blip-2", "deepseek_v3", "EvollaModel", "3d-net"}) {
    CHECK(is_model_type(good));
  }
  for (const char* bad : {"", "a b", "-a", "a/b", "a\"b"}) CHECK_FALSE(is_model_type(bad));
  CHECK(is_class_name("FooForMaskedLM"));
  for (const char* bad : {"", "1Foo", "Foo::Bar", "Foo-Bar", "Foo Bar"}) CHECK_FALSE(is_class_name(bad));
}

}  // namespace
}  // namespace modelhost::host
