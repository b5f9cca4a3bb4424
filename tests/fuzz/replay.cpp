// <parser>_replay CORPUS CHANGES [SEED]
// <parser>_replay FILE
// The short form of a fuzz target: gives it every file of the folder CORPUS (an archive *.ar counts as the files that it
// holds, see corpus.py) and CHANGES inputs made from them by a few random edits each, or one file. An input that takes more than a second of processor time, like any
// finding of the sanitizers, ends the program with the input in ./<parser>_replay.finding.
#include <sanitizer/common_interface_defs.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kMaxSize = 65536;

using Bytes = std::string;

std::string finding_path;
Bytes current;

void keep_finding() {
  std::FILE* file = std::fopen(finding_path.c_str(), "wb");
  if (file == nullptr) return;
  std::fwrite(current.data(), 1, current.size(), file);
  std::fclose(file);
  std::fprintf(stderr, "the input is in %s\n", finding_path.c_str());
}

void on_signal(int signal) {
  if (signal == SIGVTALRM) std::fputs("more than a second of processor time for one input\n", stderr);
  keep_finding();
  std::_Exit(1);
}

void run(const Bytes& input) {
  current = input;
  const std::vector<uint8_t> exact(input.begin(), input.end());  // a read beyond its end is seen
  const itimerval second = {{0, 0}, {1, 0}};
  setitimer(ITIMER_VIRTUAL, &second, nullptr);
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

class Editor {
 public:
  Editor(std::vector<Bytes> corpus, uint64_t seed) : corpus_(std::move(corpus)), random_(seed) {}

  Bytes next() {
    Bytes input = any();
    for (std::size_t edits = 1 + below(4); edits > 0; --edits) edit(input);
    if (input.size() > kMaxSize) input.resize(kMaxSize);
    return input;
  }

 private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  const Bytes& any() { return corpus_[below(corpus_.size())]; }

  // The numbers at which sizes and offsets go wrong, as text and as little-endian words.
  Bytes extreme() {
    static const std::array<uint64_t, 8> kNumbers = {
        0, 1, 0x7f, 0xffffffff, uint64_t{1} << 31, uint64_t{1} << 53, uint64_t{1} << 63, ~uint64_t{0}};
    const uint64_t number = kNumbers[below(kNumbers.size())] - below(3);
    if (below(2) == 0) return std::to_string(number);
    Bytes word;
    for (std::size_t i = 0, width = std::size_t{1} << below(4); i < width; ++i)
      word += static_cast<char>(number >> (8 * i));
    return word;
  }

  void edit(Bytes& input) {
    const std::size_t at = below(input.size() + 1);
    const std::size_t count = std::min(below(9), input.size() - at);
    switch (below(6)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        return;
      case 1:
        input.resize(at);
        return;
      case 2:
        input.erase(at, count);
        return;
      case 3:
        input.replace(at, count, extreme());
        return;
      case 4:
        input.insert(at, input.substr(at, below(65)));
        return;
      default: {
        const Bytes& other = any();
        input.replace(at, count, other.substr(below(other.size() + 1), below(129)));
      }
    }
  }

  std::vector<Bytes> corpus_;
  std::mt19937_64 random_;
};

Bytes read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

using Inputs = std::map<std::string, Bytes>;  // by name: the same edits whatever the order in the folder

// A field of an archive's header, without the spaces that fill it.
std::string field(const Bytes& header, std::size_t begin, std::size_t length) {
  const std::string text = header.substr(begin, length);
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

// The format of ar(1), as corpus.py writes it.
void add_archive(const std::filesystem::path& path, Inputs& inputs) {
  constexpr std::size_t kHeader = 60;
  const Bytes archive = read(path);
  std::size_t at = std::strlen("!<arch>\n");
  while (at + kHeader <= archive.size()) {
    const Bytes header = archive.substr(at, kHeader);
    const std::size_t size = std::strtoull(field(header, 48, 10).c_str(), nullptr, 10);
    at += kHeader;
    if (!header.ends_with("`\n") || size > archive.size() - at) break;
    inputs[field(header, 0, 16)] = archive.substr(at, size);
    at += size + size % 2;
  }
  if (at == archive.size()) return;
  std::fprintf(stderr, "%s is damaged behind byte %zu\n", path.c_str(), at);
  std::exit(1);
}

std::vector<Bytes> read_corpus(const std::filesystem::path& folder) {
  Inputs inputs;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".ar") {
      add_archive(entry.path(), inputs);
    } else {
      inputs[entry.path().filename()] = read(entry.path());
    }
  }
  std::vector<Bytes> corpus;
  for (auto& [name, input] : inputs) corpus.push_back(std::move(input));
  return corpus;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fputs("usage: replay CORPUS CHANGES [SEED] | replay FILE\n", stderr), 2;
  finding_path = std::filesystem::path(argv[0]).filename().string() + ".finding";
  __sanitizer_set_death_callback(keep_finding);
  for (const int signal : {SIGABRT, SIGVTALRM}) std::signal(signal, on_signal);
  if (argc == 2) return run(read(argv[1])), 0;

  const std::vector<Bytes> corpus = read_corpus(argv[1]);
  if (corpus.empty()) return std::fprintf(stderr, "%s holds no inputs\n", argv[1]), 1;
  for (const Bytes& input : corpus) run(input);
  Editor editor(corpus, argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1);
  const long changes = std::strtol(argv[2], nullptr, 10);
  for (long i = 0; i < changes; ++i) run(editor.next());
  std::printf("%zu inputs of the corpus, %ld changed ones\n", corpus.size(), changes);
}
