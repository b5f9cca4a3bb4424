#include <ATen/core/Tensor.h>

#include "modelhost/base/error_codes.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/load/load_options.h"
#include "support/error_of.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost {
namespace {

using test::error_of;

TEST_CASE("a dtype is read from its name, and auto is none") {
  CHECK(model_dtype_from_name("float32") == at::kFloat);
  CHECK(model_dtype_from_name("float16") == at::kHalf);
  CHECK(model_dtype_from_name("torch.bfloat16") == at::kBFloat16);
  CHECK(model_dtype_from_name("float64") == at::kDouble);
  CHECK_FALSE(model_dtype_from_name("auto").has_value());
}

TEST_CASE("a dtype that no model computes in is refused by name") {
  for (const char* name : {"int64", "float8_e4m3fn", "fp16", ""}) {
    const Error error = error_of([&] { model_dtype_from_name(name, "options.dtype"); });
    CHECK(error.code() == codes::kLoadDtype.id);
    CHECK(error.key() == "options.dtype");
    CHECK(error.got() == "\"" + std::string(name) + "\"");
  }
}

TEST_CASE("an attention implementation is read from its name and written as it") {
  for (const auto attention : {AttentionImplementation::kEager, AttentionImplementation::kSdpa})
    CHECK(attention_from_name(std::string(attention_name(attention))) == attention);
  const Error error = error_of([] { attention_from_name("flash_attention_2"); });
  CHECK(error.code() == codes::kModelOption.id);
  CHECK(error.key() == "attn_implementation");
  CHECK(error.expected() == "eager or sdpa");
}

TEST_CASE("a device is read from its name, whether LibTorch has it or not") {
  CHECK(device_from_name("cpu") == at::kCPU);
  CHECK(device_from_name("cuda:1") == c10::Device(at::kCUDA, 1));
  for (const auto& [name, why] :
       {std::pair("toaster", "there is no device of that name"), std::pair("cpu:1", "there is one CPU"),
        std::pair("meta", "weights cannot be on the meta device")}) {
    const Error error = error_of([&name = name] { device_from_name(name); });
    CHECK(error.code() == codes::kLoadOption.id);
    CHECK(error.key() == "device");
    CHECK(error.message().ends_with(why));
  }
}

TEST_CASE("a place is a device, disk or auto, and its name reads back") {
  CHECK(Place::from_name("disk") == Place::disk());
  CHECK(Place::from_name("auto") == Place::automatic());
  CHECK(Place::from_name("cuda:0") == Place(c10::Device(at::kCUDA, 0)));
  CHECK(Place(at::kCPU) != Place::disk());
  for (const char* name : {"cpu", "cuda:0", "disk", "auto"}) CHECK(Place::from_name(name).name() == name);
  const Error error = error_of([] { Place::from_name("toaster"); });
  CHECK(error.code() == codes::kLoadOption.id);
  CHECK(error.key() == "device_map");
  CHECK(error.expected().starts_with("cpu, disk, auto"));
}

}  // namespace
}  // namespace modelhost
