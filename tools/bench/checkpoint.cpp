// bench_checkpoint load MODEL [touch]      loads a model; with `touch` reads every weight once
// bench_checkpoint save MODEL TARGET SIZE  loads a model, saves it in shards of SIZE
// Prints one JSON object: seconds of the work, bytes of the weights, peak and present memory.
#include <ATen/Functions.h>
#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
#include <string>

#include "measure.h"
#include "modelhost/host/host.h"
#include "modelhost/model/state_dict.h"
#include "modelhost/save/save_pretrained.h"

namespace {

// Reads all bytes with the operation that the Python side uses: LibTorch's sum of 64-bit words, in its
// threads.
int64_t sum_of_weights(modelhost::PreTrainedModel& model) {
  int64_t sum = 0;
  for (const auto& entry : modelhost::state_dict(model)) {
    const auto bytes = entry.tensor.detach().flatten().view(at::kByte);
    const auto words = bytes.slice(0, 0, bytes.numel() / 8 * 8);
    const bool aligned = reinterpret_cast<std::uintptr_t>(words.const_data_ptr()) % 8 == 0;
    sum += (aligned ? words : words.clone()).view(at::kLong).sum().item<int64_t>();
  }
  return sum;
}

void print(double seconds, unsigned long long bytes, long long before, int64_t sum) {
  std::printf(
      "{\"seconds\": %.6f, \"weights_bytes\": %llu, \"rss_before\": %lld, \"rss_peak\": %lld, "
      "\"anon\": %lld, \"sum\": %lld}\n",
      seconds, bytes, before, memory("VmHWM"), memory("RssAnon"), static_cast<long long>(sum));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 2 ? argv[1] : "";
  const bool save = what == "save" && argc == 5;
  if (!save && what != "load")
    return std::fputs("usage: bench_checkpoint load MODEL [touch] | save MODEL TARGET SIZE\n", stderr), 2;
  static_cast<void>(at::empty({1}));  // LibTorch is in memory before anything is measured
  modelhost::host::Host host;
  host.find_model(argv[2]);  // opens the plugin
  const long long before = memory("VmRSS");

  auto start = Clock::now();
  const auto loaded = host.load_model(argv[2]);
  const unsigned long long bytes = loaded.report.bytes_assigned + loaded.report.bytes_copied;
  int64_t sum = 0;
  if (argc == 4) sum = sum_of_weights(*loaded.model);
  if (save) {
    modelhost::SaveOptions options;
    options.max_shard_size = argv[4];
    start = Clock::now();
    modelhost::save_pretrained(*loaded.model, argv[3], options);
  }
  print(seconds_since(start), bytes, before, sum);
}
