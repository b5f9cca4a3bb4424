#include "piecewise_read.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

namespace modelhost {
namespace {

class PieceReader {
 public:
  PieceReader(const InputFile& file, std::span<const ReadPiece> pieces) : file_(file), pieces_(pieces) {}

  // Until nothing is left or somebody failed.
  template <typename AfterEach>
  void work(AfterEach&& after_each) noexcept {
    try {
      for (std::size_t i = next_++; i < pieces_.size() && !failed_; i = next_++) {
        file_.read(pieces_[i].to, pieces_[i].from);
        bytes_ += pieces_[i].to.size();
        after_each();
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
      failed_ = true;
    }
  }
  uint64_t bytes() const { return bytes_; }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  const InputFile& file_;
  std::span<const ReadPiece> pieces_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<uint64_t> bytes_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
  std::exception_ptr error_;
};

}  // namespace

void append_pieces(std::vector<ReadPiece>& pieces, const ReadPiece& piece, std::size_t most) {
  for (std::size_t done = 0; done < piece.to.size(); done += most) {
    pieces.push_back({piece.to.subspan(done, std::min(most, piece.to.size() - done)), piece.from + done});
  }
}

void read_pieces(const InputFile& file, std::span<const ReadPiece> pieces, std::size_t threads,
                 const std::function<void(uint64_t bytes)>& progress) {
  PieceReader reader(file, pieces);
  uint64_t reported = 0;
  auto report = [&] {
    const uint64_t bytes = reader.bytes();
    if (progress && bytes > reported) progress(bytes - reported);
    reported = bytes;
  };
  {
    std::vector<std::jthread> helpers;
    try {
      for (std::size_t i = 1; i < std::min(threads, pieces.size()); ++i) {
        helpers.emplace_back([&reader] { reader.work([] {}); });
      }
    } catch (const std::system_error&) {
      // No more threads to be had: those there are do the work.
    }
    reader.work(report);
  }
  reader.rethrow();
  report();
}

}  // namespace modelhost
