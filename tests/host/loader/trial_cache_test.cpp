#include "loader/trial_cache.h"

#include <catch2/catch_test_macros.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include "modelhost/host/error_codes.h"
#include "support/environment.h"
#include "support/temp_dir.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
using test::ScopedEnvironment;
using test::TempDir;

constexpr int64_t kSeconds = 10;

// A library (of which only size and time count) and a cache of its own.
struct Cache {
  TempDir dir;
  ScopedEnvironment variable{"XDG_CACHE_HOME", (dir / "cache").string()};
  fs::path library = dir.write("liba.so", "some bytes");

  auto find(int64_t seconds = kSeconds) const { return cached_verdict(library, seconds); }
};

TrialVerdict quarantine(ErrorCode code) {
  TrialVerdict verdict;
  verdict.refusal =
      Error(code, "it fell").file("liba.so").line(3, 4).key("k").expected("e").got("g").fix("f");
  verdict.refusal->note("first").note("second");
  verdict.quarantined = true;
  verdict.seconds = kSeconds;
  return verdict;
}

TEST_CASE("a verdict is found again, with the whole error and what was registered") {
  const Cache cache;
  CHECK_FALSE(cache.find());
  cache_verdict(cache.library, quarantine(codes::kTrialCrashed));
  const auto bad = cache.find();
  REQUIRE((bad && bad->refusal));
  CHECK(std::string(bad->refusal->what()) == quarantine(codes::kTrialCrashed).refusal->what());
  CHECK(bad->quarantined);
  TrialVerdict good;
  good.torch.operators = {"ns::op", "ns::op.overload"};
  good.torch.namespaces = {"ns"};
  cache_verdict(cache.library, good);
  const auto found = cache.find();
  REQUIRE(found);
  CHECK_FALSE(found->refusal.has_value());
  CHECK(found->torch.operators == good.torch.operators);
  CHECK(found->torch.namespaces == good.torch.namespaces);
  CHECK(std::distance(fs::directory_iterator(verdict_file(cache.library).parent_path()), {}) ==
        1);  // no stage
}

TEST_CASE("a verdict holds until the library changes in size or time, and for its own path only") {
  const Cache cache;
  cache_verdict(cache.library, quarantine(codes::kTrialCrashed));
  fs::copy_file(cache.library, cache.dir / "libb.so");
  CHECK_FALSE(cached_verdict(cache.dir / "libb.so", kSeconds));
  struct stat status {};
  REQUIRE(::stat(cache.library.c_str(), &status) == 0);
  const timespec later[2] = {status.st_atim, {status.st_mtim.tv_sec + 1, status.st_mtim.tv_nsec}};
  REQUIRE(::utimensat(AT_FDCWD, cache.library.c_str(), later, 0) == 0);
  CHECK_FALSE(cache.find());
  const timespec before[2] = {status.st_atim, status.st_mtim};
  REQUIRE(::utimensat(AT_FDCWD, cache.library.c_str(), before, 0) == 0);
  CHECK(cache.find());
  cache.dir.write("liba.so", "some more bytes");
  REQUIRE(::utimensat(AT_FDCWD, cache.library.c_str(), before, 0) == 0);
  CHECK_FALSE(cache.find());
}

TEST_CASE("a timeout is forgotten when more time is allowed, a crash is not") {
  const Cache cache;
  cache_verdict(cache.library, quarantine(codes::kTrialTimeout));
  CHECK(cache.find(kSeconds));
  CHECK(cache.find(kSeconds - 1));
  CHECK_FALSE(cache.find(kSeconds + 1));
  cache_verdict(cache.library, quarantine(codes::kTrialCrashed));
  CHECK(cache.find(kSeconds + 1));
}

TEST_CASE("a damaged cache is as good as none, and is repaired by the next verdict") {
  const Cache cache;
  cache_verdict(cache.library, {});
  const fs::path file = verdict_file(cache.library);
  const std::string good = test::read_bytes(file);
  std::string other_host = good;
  other_host.replace(other_host.find("\"host\": \""), 9, "\"host\": \"x");
  std::string unknown_code = good;
  unknown_code.replace(unknown_code.find("\"quarantined\""), 0, "\"refusal\": {\"code\": \"X1\"}, ");
  for (const std::string& bad : {std::string(), std::string("{"), std::string("[]"), std::string("\0\xff", 2),
                                 good.substr(0, good.size() / 2), other_host, unknown_code, good + good}) {
    INFO(bad);
    std::ofstream(file, std::ios::trunc) << bad;
    CHECK_FALSE(cache.find());
  }
  cache_verdict(cache.library, {});
  CHECK(cache.find());
  fs::remove(file);
  fs::create_directory(file);
  CHECK_FALSE(cache.find());
  CHECK_NOTHROW(cache_verdict(cache.library, {}));
}

TEST_CASE("where nothing can be written, or there is no place for caches, verdicts are not kept") {
  const Cache cache;
  cache.dir.write("cache", "a file where the folder should be");
  CHECK_NOTHROW(cache_verdict(cache.library, {}));
  CHECK_FALSE(cache.find());
  const ScopedEnvironment no_variable("XDG_CACHE_HOME", "");
  const ScopedEnvironment no_home("HOME", "");
  CHECK(verdict_file(cache.library).empty());
  CHECK_NOTHROW(cache_verdict(cache.library, {}));
  CHECK_FALSE(cache.find());
}

}  // namespace
}  // namespace modelhost::host
