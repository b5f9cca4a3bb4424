#include "modelhost/base/error_codes.h"
#include "save_support.h"
#include "support/error_of.h"

// After everything of LibTorch, whose logging has a CHECK of its own: that one ends the program.
#include <catch2/catch_test_macros.hpp>

namespace modelhost {
namespace {

using test::error_of;
using test::listing;
using test::read_bytes;
using test::TempDir;

struct Generating : test::SampleForCausalLM {
  using SampleForCausalLM::SampleForCausalLM;
  static constexpr bool can_generate = true;
};

constexpr const char* kFresh =
    "{\n  \"_from_model_config\": true,\n  \"transformers_version\": \"4.57.6\"\n}\n";

TEST_CASE("a class that can generate saves a generation config, others do not") {
  const TempDir dir;
  save_pretrained(*test::filled_model<Generating>(1), dir / "m");
  CHECK(read_bytes(dir / "m/generation_config.json") == kFresh);
  save_pretrained(*test::filled_model<test::SampleForCausalLM>(1), dir / "other");
  CHECK(listing(dir / "other").size() == 2);
}

TEST_CASE("generation_config.json is loaded and saved as it was") {
  const TempDir dir;
  save_pretrained(*test::filled_model<Generating>(1), dir / "m");
  const std::string text =
      "{\n  \"do_sample\": true,\n  \"temperature\": 0.6,\n  \"transformers_version\": \"4.57.6\"\n}\n";
  dir.write("m/generation_config.json", text);
  const LoadedModel loaded = test::load<Generating>(dir / "m");
  CHECK(loaded.model->generation_config()->get("temperature") == 0.6);
  save_pretrained(*loaded.model, dir / "again");
  CHECK(read_bytes(dir / "again/generation_config.json") == text);
  std::filesystem::remove(dir / "m/generation_config.json");
  save_pretrained(*test::load<Generating>(dir / "m").model, dir / "m");
  CHECK(read_bytes(dir / "m/generation_config.json") == kFresh);
}

TEST_CASE("generation settings in config.json move to the file that is made for them") {
  const TempDir dir;
  const auto model = test::filled_model<Generating>(1);
  model->config().extra = {{"max_length", 50}, {"note", "kept"}};
  save_pretrained(*model, dir / "m");
  const Json config = parse_json(read_bytes(dir / "m/config.json"), "config.json");
  CHECK(config.at("max_length").is_null());
  CHECK(config.at("note") == "kept");
  CHECK(parse_json(read_bytes(dir / "m/generation_config.json"), "g").at("max_length") == 50);
}

TEST_CASE("generation settings that contradict each other are not saved, and nothing is written") {
  const TempDir dir;
  const auto model = test::filled_model<Generating>(1);
  model->generation_config()->set("temperature", 0.5);
  const Error error = error_of([&] { save_pretrained(*model, dir / "m"); });
  CHECK(error.code() == codes::kConfigInconsistent.id);
  CHECK(error.got().find("temperature") != std::string::npos);
  CHECK(listing(dir.path()).empty());
  model->generation_config()->set("do_sample", true);
  save_pretrained(*model, dir / "m");
  CHECK(listing(dir / "m").size() == 3);
}

}  // namespace
}  // namespace modelhost
