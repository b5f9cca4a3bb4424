#include "modelhost/formats/weights_format.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <set>

#include "modelhost/formats/checkpoint_names.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

using test::TempDir;

TEST_CASE("every row has a name and names of files of its own, and can be opened") {
  std::set<WeightsFormat> formats;
  std::set<std::string_view> names, extensions;
  for (const FormatRow& row : weights_formats()) {
    CHECK(formats.insert(row.format).second);
    CHECK(names.insert(row.name).second);
    for (const std::string_view extension : row.extensions) CHECK(extensions.insert(extension).second);
    CHECK(std::ranges::count(row.extensions, row.extension) == 1);
    CHECK(row.open != nullptr);
    CHECK(&format_row(row.format) == &row);
    CHECK(format_named(row.name) == &row);
  }
  CHECK(format_named("tf") == nullptr);
}

TEST_CASE("what a row writes under its own names, the reader for that name reads") {
  const TempDir dir;
  for (const FormatRow& row : weights_formats()) {
    if (!row.write) continue;
    const std::string name = CheckpointNames("fp16", row.format).single();
    std::vector<std::byte> data(8, std::byte{7});
    FileWriter out(dir / name);
    row.write(out, name, {{{"a", Dtype::kF32, {2}, 0, 8}}, {{"format", "pt"}}, {}, [&](const TensorInfo&) {
                            return TensorBytes{data, nullptr};
                          }});
    out.finish();
    const auto reader = open_weights_file(dir / name, ReadMode::kMap);
    REQUIRE(reader->tensors().size() == 1);
    CHECK(reader->tensors()[0].name == "a");
    CHECK(std::ranges::equal(reader->bytes(reader->tensors()[0]).data, data));
    if (row.failed_checksums) CHECK(row.failed_checksums(dir / name).empty());
  }
}

TEST_CASE("the extension tells the format, and safetensors is what has none that is known") {
  CHECK(format_of_file("m/pytorch_model.bin").format == WeightsFormat::kBin);
  CHECK(format_of_file("best.pth").format == WeightsFormat::kBin);
  CHECK(format_of_file("model.safetensors").format == WeightsFormat::kSafetensors);
  CHECK(format_of_file("0123456789abcdef").format == WeightsFormat::kSafetensors);  // of a hub cache's blobs
}

TEST_CASE("weights of any framework are told from what comes along with a model") {
  for (const char* weights :
       {"model.safetensors", "x.bin", "x.pt", "tf_model.h5", "flax_model.msgpack", "q4.gguf",
        "model.ckpt.index", "model.ckpt.data-00000-of-00001", "model.safetensors.index.json"})
    CHECK(looks_like_weights(weights));
  for (const char* other : {"config.json", "tokenizer.json", "vocab.txt", "README.md", "modules.json"})
    CHECK_FALSE(looks_like_weights(other));
}

}  // namespace
}  // namespace modelhost
