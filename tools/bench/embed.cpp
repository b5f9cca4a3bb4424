// bench_embed MODEL TEXTS THREADS REPEATS: loads a model, says what that cost, embeds the texts as one batch.
// Prints one JSON object.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "measure.h"
#include "modelhost/host/host.h"

namespace {

std::vector<std::string> read_lines(const char* path) {
  std::vector<std::string> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fputs("usage: bench_embed MODEL TEXTS THREADS REPEATS\n", stderr), 2;
  at::set_num_threads(std::atoi(argv[3]));
  const std::vector<std::string> texts = read_lines(argv[2]);
  static_cast<void>(at::empty({1}));  // LibTorch is in memory before anything is measured

  modelhost::host::Host host;
  host.find_model(argv[1]);  // opens the plugin
  const long long before = memory("RssAnon");
  const auto load_start = Clock::now();
  const auto loaded = host.load_model(argv[1], {.base_model = true});
  const double load_seconds = seconds_since(load_start);
  const long long after = memory("RssAnon");

  auto embedder = host.load_embedder(argv[1]);
  embedder.embed(texts);
  std::vector<double> times;
  for (int i = 0; i < std::atoi(argv[4]); ++i) {
    const auto start = Clock::now();
    embedder.embed(texts);
    times.push_back(seconds_since(start));
  }
  std::ranges::sort(times);
  std::printf(
      "{\"load_seconds\": %.6f, \"weights_bytes\": %llu, \"anon_before\": %lld, \"anon_after\": %lld, "
      "\"batch_median_seconds\": %.6f, \"batch_min_seconds\": %.6f}\n",
      load_seconds,
      static_cast<unsigned long long>(loaded.report.bytes_assigned + loaded.report.bytes_copied), before,
      after, times[times.size() / 2], times.front());
}
